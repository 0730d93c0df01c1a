#include "services/personnel/recruitment/headcount.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/test/fixture.h"
#include "common/time/day.h"
#include "heitie/personnel/v1/promotion.pb.h"

namespace heitie::personnel {
namespace {

using absl::CivilDay;
using ::testing::ElementsAre;
using v1::HeadcountTerm;
using v1::Offer;
using v1::Requisition;

constexpr char kHost[] = "positions/host", kEditor[] = "positions/editor", kOperations[] = "operations";

v1::HeadcountPlanVersion PlanVersion(int number, const std::vector<std::pair<CivilDay, int>>& months,
                                     v1::HeadcountPlanVersion::State state = v1::HeadcountPlanVersion::STATE_APPROVED) {
  v1::HeadcountPlanVersion version;
  version.set_name(absl::StrCat("headcountPlans/hosts/versions/", number));
  version.set_state(state);
  version.set_version(number);
  for (const auto& [month, planned] : months) {
    auto& added = *version.add_months();
    *added.mutable_month() = time::ToDate(month);
    added.set_planned(planned);
  }
  return version;
}

v1::Employee Worker(const std::string& id, CivilDay hired, const std::string& position = kHost) {
  v1::Employee employee;
  employee.set_name("employees/" + id);
  *employee.mutable_hire_date() = time::ToDate(hired);
  auto& assignment = *employee.add_assignments();
  *assignment.mutable_start_date() = employee.hire_date();
  assignment.set_position(position);
  assignment.set_department(kOperations);
  return employee;
}

Offer Accepted(const std::string& id, CivilDay start) {
  Offer offer;
  offer.set_name("offers/" + id);
  offer.set_candidate("candidates/" + id);
  offer.set_requisition("requisitions/hosts");
  offer.set_state(Offer::STATE_ACCEPTED);
  *offer.mutable_start_date() = time::ToDate(start);
  return offer;
}

Requisition Approved(const std::string& id, int seats) {
  Requisition requisition;
  requisition.set_name("requisitions/" + id);
  requisition.set_seats(seats);
  requisition.set_state(Requisition::STATE_APPROVED);
  return requisition;
}

// Planned 5 on 1 September; 4 work today, one leaves on 20 August, one moves away on 1 September; one accepted offer begins on 25 August,
// one on 15 September.
HeadcountFacts Golden() {
  HeadcountFacts facts{kHost, kOperations, {PlanVersion(1, {{CivilDay(2026, 9, 1), 5}})}, {}, {}, {}, {}};
  for (const char* id : {"an", "bo", "chen", "ding"}) facts.people[absl::StrCat("employees/", id)] = Worker(id, CivilDay(2025, 1, 1));
  *facts.people["employees/an"].mutable_leave_date() = time::ToDate(CivilDay(2026, 8, 20));
  auto& moved = *facts.people["employees/bo"].add_assignments();
  *moved.mutable_start_date() = time::ToDate(CivilDay(2026, 9, 1));
  moved.set_position(kEditor);
  moved.set_department(kOperations);
  facts.offers = {Accepted("eve", CivilDay(2026, 8, 25)), Accepted("fay", CivilDay(2026, 9, 15))};
  facts.requisitions = {Approved("hosts", 2)};
  return facts;
}

v1::Promotion PromotionOf(const std::string& employee, CivilDay start, v1::Promotion::State state) {
  v1::Promotion promotion;
  promotion.set_name(absl::StrCat("promotions/", record::IdOf(employee), "-", time::DayText(start)));
  promotion.set_employee(employee);
  promotion.set_state(state);
  *promotion.mutable_start_date() = time::ToDate(start);
  return promotion;
}

std::vector<std::string> PeopleOf(const v1::ComputeHeadcountResponse& headcount, HeadcountTerm::Kind kind) {
  std::vector<std::string> names;
  for (const HeadcountTerm& term : headcount.terms()) {
    if (term.kind() == kind) names.push_back(term.person());
  }
  return names;
}

TEST(Headcount, OfTheFirstOfSeptember) {
  const v1::ComputeHeadcountResponse headcount = HeadcountOn(Golden(), CivilDay(2026, 9, 1));
  EXPECT_EQ(headcount.planned(), 5);
  EXPECT_EQ(headcount.version(), "headcountPlans/hosts/versions/1");
  EXPECT_THAT(PeopleOf(headcount, HeadcountTerm::KIND_EMPLOYED), ElementsAre("employees/chen", "employees/ding"));
  EXPECT_THAT(PeopleOf(headcount, HeadcountTerm::KIND_BEGUN), ElementsAre("candidates/eve"));
  EXPECT_THAT(PeopleOf(headcount, HeadcountTerm::KIND_BEGINS_LATER), ElementsAre("candidates/fay"));
  EXPECT_EQ(headcount.uncovered(), 2);
  EXPECT_EQ(headcount.in_progress(), 1);
  EXPECT_EQ(headcount.to_open(), 1);
}

TEST(Headcount, IsTheSameOnceWhoAcceptedIsAnEmployee) {
  HeadcountFacts facts = Golden();
  facts.offers[0].set_state(Offer::STATE_HIRED);
  facts.offers[0].set_employee("employees/eve");
  facts.people["employees/eve"] = Worker("eve", CivilDay(2026, 8, 25));
  const v1::ComputeHeadcountResponse headcount = HeadcountOn(facts, CivilDay(2026, 9, 1));
  EXPECT_THAT(PeopleOf(headcount, HeadcountTerm::KIND_EMPLOYED), ElementsAre("employees/chen", "employees/ding", "employees/eve"));
  EXPECT_EQ(headcount.begun(), 0);
  EXPECT_EQ(headcount.uncovered(), 2);
  EXPECT_EQ(headcount.to_open(), 1);
  // Before the first day the employee is somebody who begins later.
  EXPECT_THAT(PeopleOf(HeadcountOn(facts, CivilDay(2026, 8, 24)), HeadcountTerm::KIND_BEGINS_LATER),
              ElementsAre("candidates/fay", "employees/eve"));
}

TEST(Headcount, OpenSeatsAreThoseThatNobodyHasAccepted) {
  HeadcountFacts facts = Golden();
  facts.requisitions[0].set_seats(3);
  EXPECT_EQ(HeadcountOn(facts, CivilDay(2026, 9, 1)).to_open(), 0);
  facts.requisitions[0].set_state(Requisition::STATE_CANCELLED);
  EXPECT_EQ(HeadcountOn(facts, CivilDay(2026, 9, 1)).to_open(), 1) << "who has accepted comes all the same";
  facts.requisitions[0].set_state(Requisition::STATE_ON_HOLD);
  EXPECT_EQ(HeadcountOn(facts, CivilDay(2026, 9, 1)).to_open(), 0);
  facts.requisitions[0].set_state(Requisition::STATE_PENDING);
  EXPECT_EQ(HeadcountOn(facts, CivilDay(2026, 9, 1)).to_open(), 1) << "nobody has approved it";
  facts.requisitions[0].add_money_steps()->set_state(v1::MoneyStep::STATE_DUE);
  EXPECT_EQ(HeadcountOn(facts, CivilDay(2026, 9, 1)).to_open(), 0) << "its approval is under way";
}

TEST(Headcount, APromotionCountsFromItsApprovalOn) {
  HeadcountFacts facts = Golden();
  const CivilDay day(2026, 9, 1);
  facts.promotions = {PromotionOf("employees/bo", CivilDay(2026, 10, 1), v1::Promotion::STATE_PROPOSED)};
  EXPECT_EQ(HeadcountOn(facts, day).to_open(), 1);
  facts.promotions[0].set_state(v1::Promotion::STATE_APPROVED);
  EXPECT_THAT(PeopleOf(HeadcountOn(facts, day), HeadcountTerm::KIND_BEGINS_LATER), ElementsAre("candidates/fay", "employees/bo"));
  EXPECT_EQ(HeadcountOn(facts, day).to_open(), 0);
  EXPECT_THAT(PeopleOf(HeadcountOn(facts, CivilDay(2026, 10, 1)), HeadcountTerm::KIND_BEGUN),
              ElementsAre("candidates/eve", "candidates/fay", "employees/bo"));
  facts.promotions[0].set_state(v1::Promotion::STATE_CARRIED_OUT);
  EXPECT_EQ(HeadcountOn(facts, day).to_open(), 1) << "its assignment was withdrawn";
  auto& back = *facts.people["employees/bo"].add_assignments();
  *back.mutable_start_date() = time::ToDate(CivilDay(2026, 10, 1));
  back.set_position(kHost);
  back.set_department(kOperations);
  EXPECT_EQ(HeadcountOn(facts, day).to_open(), 0);
  EXPECT_EQ(HeadcountOn(facts, CivilDay(2026, 8, 31)).employed(), 3) << "whoever is there does not come as well";
  EXPECT_EQ(HeadcountOn(facts, CivilDay(2026, 10, 1)).employed(), 3);
}

TEST(Headcount, MoreThanPlannedIsNegativeAndNothingIsToBeOpened) {
  HeadcountFacts facts = Golden();
  facts.versions = {};
  const v1::ComputeHeadcountResponse headcount = HeadcountOn(facts, CivilDay(2026, 9, 1));
  EXPECT_EQ(headcount.planned(), 0);
  EXPECT_EQ(headcount.version(), "");
  EXPECT_EQ(headcount.uncovered(), -3);
  EXPECT_EQ(headcount.to_open(), 0);
}

TEST(PlannedOn, AMonthHoldsUntilTheNextThatIsStated) {
  const std::vector<v1::HeadcountPlanVersion> versions = {PlanVersion(1, {{CivilDay(2026, 3, 1), 4}, {CivilDay(2026, 6, 1), 6}})};
  EXPECT_FALSE(PlannedOn(versions, CivilDay(2026, 2, 28)));
  EXPECT_EQ(PlannedOn(versions, CivilDay(2026, 3, 1))->planned, 4);
  EXPECT_EQ(PlannedOn(versions, CivilDay(2026, 5, 31))->planned, 4);
  EXPECT_EQ(PlannedOn(versions, CivilDay(2027, 1, 1))->planned, 6);
}

TEST(PlannedOn, OfVersionsThatHaveBegunTheLastOneApproved) {
  const std::vector<v1::HeadcountPlanVersion> versions = {
      PlanVersion(2, {{CivilDay(2026, 5, 1), 9}}),
      PlanVersion(1, {{CivilDay(2026, 3, 1), 4}, {CivilDay(2026, 6, 1), 6}}),
      PlanVersion(3, {{CivilDay(2026, 1, 1), 1}}, v1::HeadcountPlanVersion::STATE_SUBMITTED),
  };
  EXPECT_EQ(PlannedOn(versions, CivilDay(2026, 4, 30))->planned, 4);
  EXPECT_EQ(PlannedOn(versions, CivilDay(2026, 6, 1))->planned, 9) << "a later version replaces the months that it does not state";
}

// ---- Random histories against a count that knows nothing of terms: each person is looked at, day by day.

class RandomHistory {
 public:
  explicit RandomHistory(uint32_t seed) : random_(seed) {
    facts_.position = kHost;
    facts_.department = kOperations;
    facts_.versions = {PlanVersion(1, {{Day(), Upto(8)}})};
    for (int i = Upto(3); i > 0; --i) facts_.requisitions.push_back(RandomRequisition(i));
    for (int i = Upto(8); i > 0; --i) {
      v1::Employee employee = RandomEmployee(absl::StrCat("e", i));
      facts_.people[employee.name()] = employee;
    }
    for (int i = Upto(8); i > 0; --i) facts_.offers.push_back(RandomOffer(absl::StrCat("o", i)));
    for (const auto& [name, employee] : facts_.people) {
      for (int i = Upto(2); i > 0; --i) {
        facts_.promotions.push_back(PromotionOf(name, Day(), static_cast<v1::Promotion::State>(1 + Upto(4))));
      }
    }
  }

  HeadcountFacts& facts() { return facts_; }
  CivilDay Day() { return CivilDay(2026, 1, 1) + Upto(120); }
  int Upto(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n + 1)); }
  // Makes an employee of an accepted offer, on its first day.
  void Hire(Offer& offer) {
    const std::string id = "of-" + record::IdOf(offer.name());
    offer.set_state(Offer::STATE_HIRED);
    offer.set_employee("employees/" + id);
    facts_.people[offer.employee()] = Worker(id, time::ToDay(offer.start_date()));
  }

 private:
  Requisition RandomRequisition(int i) {
    Requisition requisition = Approved(absl::StrCat("r", i), Upto(4));
    requisition.set_state(static_cast<Requisition::State>(1 + Upto(5)));
    if (Upto(2) == 0) requisition.add_money_steps()->set_state(v1::MoneyStep::STATE_DUE);
    return requisition;
  }
  v1::Employee RandomEmployee(const std::string& id) {
    v1::Employee employee = Worker(id, Day(), Upto(2) == 0 ? kEditor : kHost);
    CivilDay at = time::ToDay(employee.hire_date());
    for (int i = Upto(3); i > 0; --i) {
      auto& assignment = *employee.add_assignments();
      at += 1 + Upto(30);
      *assignment.mutable_start_date() = time::ToDate(at);
      assignment.set_position(Upto(1) == 0 ? kEditor : kHost);
      assignment.set_department(Upto(3) == 0 ? "finance" : kOperations);
    }
    if (Upto(2) == 0) *employee.mutable_leave_date() = time::ToDate(at + Upto(60));
    return employee;
  }
  Offer RandomOffer(const std::string& id) {
    Offer offer = Accepted(id, Day());
    offer.set_requisition(absl::StrCat("requisitions/r", 1 + Upto(3)));
    offer.set_state(static_cast<Offer::State>(1 + Upto(6)));
    if (offer.state() == Offer::STATE_ACCEPTED && Upto(1) == 0) Hire(offer);
    return offer;
  }

  std::mt19937 random_;
  HeadcountFacts facts_;
};

bool WorksAsHost(const v1::Employee& employee, CivilDay day) {
  if (day < time::ToDay(employee.hire_date())) return false;
  if (employee.has_leave_date() && day > time::ToDay(employee.leave_date())) return false;
  const v1::Assignment* in_force = nullptr;
  for (const v1::Assignment& assignment : employee.assignments()) {
    if (time::ToDay(assignment.start_date()) <= day) in_force = &assignment;
  }
  return in_force->position() == kHost && in_force->department() == kOperations;
}

struct Count {
  int uncovered, to_open;
};
Count CountByHand(const HeadcountFacts& facts, CivilDay day) {
  int here = 0, coming = 0;
  std::set<std::string> of_offers;
  std::map<std::string, int> filled;
  for (const Offer& offer : facts.offers) {
    const bool hired = offer.state() == Offer::STATE_HIRED;
    if (!hired && offer.state() != Offer::STATE_ACCEPTED) continue;
    ++filled[offer.requisition()];
    if (hired) of_offers.insert(offer.employee());
    const bool begun = time::ToDay(offer.start_date()) <= day;
    if (!begun) {
      ++coming;
    } else if (!hired || WorksAsHost(facts.people.at(offer.employee()), day)) {
      ++here;
    }
  }
  for (const auto& [name, employee] : facts.people) {
    if (of_offers.count(name) > 0 && day < time::ToDay(employee.hire_date())) continue;  // comes by the offer
    const bool works = WorksAsHost(employee, day);
    here += of_offers.count(name) == 0 && works;
    if (works) continue;
    // The first of the person's promotions that counts; a person has one under way, and those that are over in the order of their names.
    for (const v1::Promotion& promotion : facts.promotions) {
      const CivilDay start = time::ToDay(promotion.start_date());
      const bool approved = promotion.state() == v1::Promotion::STATE_APPROVED;
      const bool ahead = promotion.state() == v1::Promotion::STATE_CARRIED_OUT && day < start && WorksAsHost(employee, start);
      if (promotion.employee() != name || !(approved || ahead)) continue;
      (start <= day ? here : coming) += 1;
      break;
    }
  }
  for (const Requisition& requisition : facts.requisitions) {
    const bool pending = requisition.state() == Requisition::STATE_PENDING && !requisition.money_steps().empty();
    const bool open = requisition.state() == Requisition::STATE_APPROVED || requisition.state() == Requisition::STATE_ON_HOLD || pending;
    if (open) coming += std::max(0, requisition.seats() - filled[requisition.name()]);
  }
  const auto& month = facts.versions[0].months(0);
  const int planned = time::ToDay(month.month()) <= day ? month.planned() : 0;
  return {planned - here, std::max(0, planned - here - coming)};
}

TEST(Headcount, AgreesWithACountOfEachPerson) {
  int opened = 0;
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    RandomHistory history(seed);
    const CivilDay day = history.Day();
    const v1::ComputeHeadcountResponse headcount = HeadcountOn(history.facts(), day);
    const Count count = CountByHand(history.facts(), day);
    ASSERT_EQ(headcount.uncovered(), count.uncovered) << seed;
    ASSERT_EQ(headcount.to_open(), count.to_open) << seed;
    std::set<std::string> named;
    for (const HeadcountTerm& term : headcount.terms()) {
      if (term.person().empty()) continue;
      ASSERT_TRUE(named.insert(term.person()).second) << seed << " counts twice: " << term.person();
    }
    opened += headcount.to_open() > 0;
  }
  EXPECT_GT(opened, 100);
}

TEST(Headcount, HiringChangesNothingOnAnyDay) {
  for (uint32_t seed = 0; seed < 300; ++seed) {
    RandomHistory history(seed);
    HeadcountFacts before = history.facts();
    for (Offer& offer : history.facts().offers) {
      if (offer.state() == Offer::STATE_ACCEPTED) history.Hire(offer);
    }
    std::shuffle(history.facts().offers.begin(), history.facts().offers.end(), std::mt19937(seed));
    for (CivilDay day(2026, 1, 1); day < CivilDay(2026, 6, 1); day += 7) {
      const auto was = HeadcountOn(before, day), is = HeadcountOn(history.facts(), day);
      ASSERT_EQ(was.uncovered(), is.uncovered()) << seed;
      ASSERT_EQ(was.to_open(), is.to_open()) << seed;
    }
  }
}

TEST(ShortageIn, AgreesWithEachDay) {
  int found = 0;
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    RandomHistory history(seed);
    const CivilDay from = history.Day(), to = from + history.Upto(60);
    const std::optional<HeadcountShortage> shortage = ShortageIn(history.facts(), from, to);
    std::optional<CivilDay> first, last;
    int worst = 0;
    CivilDay worst_day;
    for (CivilDay day = from; day <= to; ++day) {
      const int uncovered = HeadcountOn(history.facts(), day).uncovered();
      if (uncovered <= 0) continue;
      if (!first) first = day;
      last = day;
      if (uncovered > worst) worst_day = day;
      worst = std::max(worst, uncovered);
    }
    ASSERT_EQ(shortage.has_value(), first.has_value()) << seed;
    if (!shortage) continue;
    ++found;
    ASSERT_EQ(shortage->first, *first) << seed;
    ASSERT_EQ(shortage->last, *last) << seed;
    ASSERT_EQ(shortage->worst.uncovered(), worst) << seed;
    ASSERT_EQ(time::ToDay(shortage->worst.date()), worst_day) << seed;
  }
  EXPECT_GT(found, 100);
}

}  // namespace
}  // namespace heitie::personnel
