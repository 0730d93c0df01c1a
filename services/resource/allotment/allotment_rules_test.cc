#include "services/resource/allotment/allotment_rules.h"

#include <gmock/gmock.h>

#include "common/test/fixture.h"

namespace heitie::resource {
namespace {

using heitie::test::Proto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Told(const std::vector<MaterialChange>& changes) {
  std::vector<std::string> told;
  for (const MaterialChange& change : changes) told.push_back(absl::StrCat(change.need.item(), " ", change.more));
  return told;
}
std::vector<std::string> Told(const std::vector<MoneyChange>& changes) {
  std::vector<std::string> told;
  for (const MoneyChange& change : changes)
    told.push_back(absl::StrCat(change.need.code(), " ", change.more, " ", change.need.encumbrance()));
  return told;
}

TEST(AllotmentRulesTest, WhatIsNotOutstandingAnyMoreIsUsed) {
  // Of six mugs two are issued and one was handed out, by which it was released.
  const auto held = Proto<v1::Reservation>(R"pb(
    lines { item: "items/mug" quantity: 6 released_quantity: 1 issued_quantity: 2 }
    lines { item: "items/pen" quantity: 3 }
    lines { item: "items/bag" quantity: 3 released_quantity: 3 })pb");
  const auto before = Proto<v1::Allotment>("materials { item: 'items/mug' quantity: 6 } materials { item: 'items/pen' quantity: 3 }");
  status::BadFields bad;
  status::Unmet used;
  const auto after = Proto<v1::Allotment>("materials { item: 'items/mug' quantity: 8 } materials { item: 'items/hat' quantity: 1 }");
  EXPECT_THAT(Told(MaterialChanges(before, after, held, "", bad, used)), ElementsAre("items/hat 1", "items/mug 2", "items/pen -3"));
  EXPECT_TRUE(bad.empty() && used.empty());
  const auto least = Proto<v1::Allotment>("materials { item: 'items/mug' quantity: 3 }");
  EXPECT_THAT(Told(MaterialChanges(before, least, held, "", bad, used)), ElementsAre("items/mug -3", "items/pen -3"));
  EXPECT_TRUE(used.empty());
  MaterialChanges(before, Proto<v1::Allotment>("materials { item: 'items/mug' quantity: 2 }"), held, "", bad, used);
  EXPECT_FALSE(used.empty()) << "three are used";
  status::Unmet left;
  EXPECT_THAT(Told(MaterialChanges(before, v1::Allotment(), held, "", bad, left)), ElementsAre("items/mug -6", "items/pen -3"));
  EXPECT_FALSE(left.empty());
}

TEST(AllotmentRulesTest, MoneyComesByBudgetWithTheEncumbranceThatHoldsIt) {
  const auto before = Proto<v1::Allotment>(R"pb(
    money { code: "a" budget: "budgets/z" amount_minor: 10 encumbrance: "encumbrances/a" }
    money { code: "b" budget: "budgets/y" amount_minor: 5 encumbrance: "encumbrances/b" })pb");
  const auto after = Proto<v1::Allotment>(R"pb(
    money { code: "a" budget: "budgets/z" amount_minor: 12 encumbrance: "encumbrances/forged" }
    money { code: "c" budget: "budgets/x" amount_minor: 2 })pb");
  const std::map<std::string, v1::Encumbrance> encumbrances = {
      {"encumbrances/a", Proto<v1::Encumbrance>("committed_minor: 6 actual_minor: 4")},
      {"encumbrances/b", Proto<v1::Encumbrance>("pre_committed_minor: 5 released_minor: 1")}};
  status::BadFields bad;
  status::Unmet used;
  EXPECT_THAT(Told(MoneyChanges(before, after, encumbrances, "", bad, used)),
              ElementsAre("c 2 ", "b -5 encumbrances/b", "a 2 encumbrances/a"));
  EXPECT_TRUE(bad.empty() && used.empty());
  MoneyChanges(before, Proto<v1::Allotment>("money { code: 'a' budget: 'budgets/z' amount_minor: 3 }"), encumbrances, "", bad, used);
  EXPECT_FALSE(used.empty()) << "four are spent";
}

TEST(AllotmentRulesTest, WhatIsDrawnKeepsPlaceAndDay) {
  const auto held = Proto<v1::Reservation>(R"pb(
    lines {
      item: "items/mug"
      quantity: 6
      issued_quantity: 2
      location: "locations/shop"
      need_date { year: 2026 month: 2 day: 1 }
    })pb");
  const auto request = Proto<v1::DrawAllotmentRequest>("materials { item: 'items/mug' quantity: 5 }");
  status::BadFields bad;
  status::Unmet left;
  const auto lines = DrawnLines(Proto<v1::Allotment>("name: 'allotments/a'"), held, request, bad, left);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].location(), "locations/shop");
  EXPECT_EQ(lines[0].need_date().day(), 1);
  EXPECT_FALSE(left.empty()) << "four are left";
  EXPECT_THAT(DrawnLines(v1::Allotment(), v1::Reservation(), request, bad, left), IsEmpty());
  EXPECT_FALSE(bad.empty());
}

}  // namespace
}  // namespace heitie::resource
