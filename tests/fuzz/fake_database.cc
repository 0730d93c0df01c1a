#include "tests/fuzz/fake_database.h"

#include "common/record/write_group.h"

namespace heitie {
namespace {
sql::Session* current = nullptr;
}  // namespace

namespace fuzz {
void SetSession(sql::Session& session) { current = &session; }
}  // namespace fuzz

namespace sql {
struct Database::Impl {
  Options options;
};
Database::Database(Options options) : impl_(new Impl{std::move(options)}) {}
Database::~Database() = default;
absl::Status Database::Read(absl::Time, const std::function<absl::Status(Session&)>& work) { return work(*current); }
absl::Status Database::Write(absl::Time, const std::function<absl::Status(Session&)>& work) { return work(*current); }
}  // namespace sql

namespace record {
WriteGroup::~WriteGroup() = default;
void WriteGroup::Add(Write write) { write.done(write.work.run(*current)); }
}  // namespace record

}  // namespace heitie
