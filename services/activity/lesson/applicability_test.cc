#include "services/activity/lesson/applicability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/test/fixture.h"

namespace heitie::activity {
namespace {

using test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(ScopesOf, AnActivityBelongsToItsTemplateInAnyVersionAndToItsKind) {
  v1::Activity activity;
  EXPECT_THAT(ScopesOf(activity), IsEmpty());
  activity.set_template_version("activityTemplates/fair/versions/v2");
  EXPECT_THAT(ScopesOf(activity), ElementsAre("activityTemplates/fair"));
  activity.set_kind("sale");
  EXPECT_THAT(ScopesOf(activity), ElementsAre("activityTemplates/fair", "kinds/sale"));
}

TEST(ScopesOf, MeetThoseOfWhatApplies) {
  EXPECT_THAT(ScopesOf(Proto<v1::Applicability>(R"pb(templates: "activityTemplates/fair" kinds: "sale" kinds: "fair")pb")),
              ElementsAre("activityTemplates/fair", "kinds/sale", "kinds/fair"));
}

}  // namespace
}  // namespace heitie::activity
