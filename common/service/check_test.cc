// --check against a real schema: of the risk service, whose migrations are applied.
#include "common/service/check.h"

#include "absl/strings/match.h"
#include "common/test/fixture.h"

namespace heitie::service {
namespace {

using ::heitie::test::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SchemaCheckTest : public ::testing::Test {
 protected:
  void Sql(const std::string& statement) {
    EXPECT_THAT(
        database_.get().Read(absl::Now() + absl::Seconds(20), [&](sql::Session& session) { return session.Execute(statement).status(); }),
        IsOk());
  }
  // What is said of the schema.
  std::vector<std::string> Problems() {
    const sql::Options& options = database_.get().options();
    config::ServiceConfig config;
    config.db_socket = options.socket;
    config.db_user = options.user;
    config.db_password = options.password;
    config.db_schema = options.schema;
    config.migrations = HEITIE_SOURCE_DIR;
    std::vector<std::string> problems = ProblemsOf("risk", config, /*has_store=*/true, {});
    std::erase_if(problems, [](const std::string& problem) { return absl::StartsWith(problem, "--targets"); });
    return problems;
  }

  test::TestDatabase database_{"risk"};
};

TEST_F(SchemaCheckTest, WhatMigrationsMadeIsRight) { EXPECT_THAT(Problems(), IsEmpty()); }

TEST_F(SchemaCheckTest, WhatDiffersIsToldAllAtOnce) {
  Sql("ALTER TABLE risks RENAME COLUMN title TO headline");
  Sql("ALTER TABLE risks ADD COLUMN weight BIGINT NOT NULL, ADD COLUMN later BIGINT NULL");
  Sql("ALTER TABLE risk_proposals RENAME TO old_proposals");
  EXPECT_THAT(Problems(),
              ElementsAre("the schema: there is no table risk_proposals",
                          "the schema: table risks lacks the column title of heitie.risk.v1.Risk; column headline of risks is no "
                          "field of heitie.risk.v1.Risk and cannot be left out: it is NOT NULL and has no default; column weight of "
                          "risks is no field of heitie.risk.v1.Risk and cannot be left out: it is NOT NULL and has no default"));
}

}  // namespace
}  // namespace heitie::service
