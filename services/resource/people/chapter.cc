#include "services/resource/people/chapter.h"

#include "heitie/resource/v1/staff_policy.pb.h"

namespace heitie::resource {

PeopleChapter::PeopleChapter(const service::Context& context)
    : tables(context), demands(tables), plans(tables), watch(tables, context.jobs) {}

void PeopleChapter::Bind(record::Methods& methods) {
  tables.policies.Bind<v1::PublishStaffPolicyRequest>(methods);
  demands.Bind(methods);
  plans.Bind(methods);
  watch.Bind(methods);
}

}  // namespace heitie::resource
