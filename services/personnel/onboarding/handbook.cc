#include "services/personnel/onboarding/handbook.h"

#include "common/record/unused.h"
#include "heitie/personnel/v1/handbook.pb.h"

namespace heitie::personnel {

// A text may say anything.
Handbook::Handbook(record::Store& store)
    : documents_(store), versions_(store, documents_, [](const v1::HandbookVersion&) { return absl::OkStatus(); }) {}

void Handbook::Bind(record::Methods& methods) {
  methods.Reads(documents_);
  methods.Creates(documents_);
  methods.Updates(documents_);
  record::DeletesUnused(methods, documents_);
  versions_.Bind<v1::PublishHandbookVersionRequest>(methods);
}

}  // namespace heitie::personnel
