#include "services/personnel/recruitment/headcount.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "common/time/day.h"
#include "services/personnel/recruitment/money.h"
#include "services/personnel/staff/employee.h"

namespace heitie::personnel {
namespace {

using v1::HeadcountTerm;
using v1::Offer;

bool IsTaken(const Offer& offer) { return offer.state() == Offer::STATE_ACCEPTED || offer.state() == Offer::STATE_HIRED; }

HeadcountTerm TermOf(HeadcountTerm::Kind kind, const std::string& person) {
  HeadcountTerm term;
  term.set_kind(kind);
  term.set_person(person);
  term.set_seats(1);
  return term;
}

// As what an accepted offer counts; nothing once its employee is at work.
std::optional<HeadcountTerm> TermOf(const Offer& offer, const People& people, absl::CivilDay day) {
  const auto employee = people.find(offer.employee());
  const bool hired = !offer.employee().empty() && employee != people.end();
  const absl::CivilDay first = time::ToDay(hired ? employee->second.hire_date() : offer.start_date());
  if (hired && first <= day) return std::nullopt;
  HeadcountTerm term =
      TermOf(first <= day ? HeadcountTerm::KIND_BEGUN : HeadcountTerm::KIND_BEGINS_LATER, hired ? offer.employee() : offer.candidate());
  term.set_offer(offer.name());
  *term.mutable_start_date() = time::ToDate(first);
  return term;
}

bool HoldsPost(const HeadcountFacts& facts, const std::string& employee, absl::CivilDay day) {
  const auto person = facts.people.find(employee);
  if (person == facts.people.end()) return false;
  const std::optional<v1::Assignment> assignment = AssignmentOn(person->second, day);
  return assignment && assignment->position() == facts.position && assignment->department() == facts.department;
}

// As what a promotion counts; nothing once its assignment does, or where that was withdrawn.
std::optional<HeadcountTerm> TermOf(const v1::Promotion& promotion, const HeadcountFacts& facts, absl::CivilDay day) {
  const absl::CivilDay first = time::ToDay(promotion.start_date());
  const bool approved = promotion.state() == v1::Promotion::STATE_APPROVED;
  const bool recorded = promotion.state() == v1::Promotion::STATE_CARRIED_OUT && HoldsPost(facts, promotion.employee(), first);
  if (HoldsPost(facts, promotion.employee(), day) || !(approved || (recorded && day < first))) return std::nullopt;
  HeadcountTerm term = TermOf(first <= day ? HeadcountTerm::KIND_BEGUN : HeadcountTerm::KIND_BEGINS_LATER, promotion.employee());
  term.set_promotion(promotion.name());
  *term.mutable_start_date() = time::ToDate(first);
  return term;
}

}  // namespace

std::optional<Planned> PlannedOn(const std::vector<v1::HeadcountPlanVersion>& versions, absl::CivilDay day) {
  const v1::HeadcountPlanVersion* last = nullptr;
  for (const v1::HeadcountPlanVersion& version : versions) {
    if (version.state() != v1::HeadcountPlanVersion::STATE_APPROVED || version.months().empty()) continue;
    if (time::ToDay(version.months(0).month()) > day) continue;
    if (last == nullptr || version.version() > last->version()) last = &version;
  }
  if (last == nullptr) return std::nullopt;
  Planned planned{0, last->name()};
  for (const v1::PlannedHeadcount& month : last->months()) {
    if (time::ToDay(month.month()) <= day) planned.planned = month.planned();
  }
  return planned;
}

bool HoldsItsPlace(const v1::Requisition& requisition) {
  return requisition.state() == v1::Requisition::STATE_APPROVED || requisition.state() == v1::Requisition::STATE_ON_HOLD ||
         (requisition.state() == v1::Requisition::STATE_PENDING && NextStep(requisition).has_value());
}

v1::ComputeHeadcountResponse HeadcountOn(const HeadcountFacts& facts, absl::CivilDay day) {
  v1::ComputeHeadcountResponse response;
  *response.mutable_date() = time::ToDate(day);
  if (const std::optional<Planned> planned = PlannedOn(facts.versions, day)) {
    response.set_planned(planned->planned);
    response.set_version(planned->version);
  }
  std::vector<HeadcountTerm> terms;
  for (const auto& [name, person] : facts.people) {
    const std::optional<v1::Assignment> assignment = AssignmentOn(person, day);
    if (!assignment || assignment->position() != facts.position || assignment->department() != facts.department) continue;
    terms.push_back(TermOf(HeadcountTerm::KIND_EMPLOYED, name));
    *terms.back().mutable_start_date() = time::ToDate(InPostSince(person, day));
  }
  std::map<std::string, int32_t> taken;
  for (const Offer& offer : facts.offers) {
    if (!IsTaken(offer)) continue;
    ++taken[offer.requisition()];
    if (std::optional<HeadcountTerm> term = TermOf(offer, facts.people, day)) terms.push_back(*std::move(term));
  }
  // Somebody may be promoted to the post again, or hired for it before.
  std::set<std::string> counted;
  for (const HeadcountTerm& term : terms) counted.insert(term.person());
  for (const v1::Promotion& promotion : facts.promotions) {
    std::optional<HeadcountTerm> term = TermOf(promotion, facts, day);
    if (term && counted.insert(term->person()).second) terms.push_back(*std::move(term));
  }
  for (const v1::Requisition& requisition : facts.requisitions) {
    const int32_t open = requisition.seats() - taken[requisition.name()];
    if (open <= 0 || !HoldsItsPlace(requisition)) continue;
    HeadcountTerm term;
    term.set_kind(HeadcountTerm::KIND_OPEN_SEATS);
    term.set_requisition(requisition.name());
    term.set_seats(open);
    terms.push_back(term);
  }
  std::sort(terms.begin(), terms.end(), [](const HeadcountTerm& a, const HeadcountTerm& b) {
    return std::tuple(a.kind(), a.person(), a.offer(), a.requisition()) < std::tuple(b.kind(), b.person(), b.offer(), b.requisition());
  });
  std::map<HeadcountTerm::Kind, int32_t> sums;
  for (const HeadcountTerm& term : terms) sums[term.kind()] += term.seats();
  response.set_employed(sums[HeadcountTerm::KIND_EMPLOYED]);
  response.set_begun(sums[HeadcountTerm::KIND_BEGUN]);
  response.set_uncovered(response.planned() - response.employed() - response.begun());
  response.set_in_progress(sums[HeadcountTerm::KIND_BEGINS_LATER] + sums[HeadcountTerm::KIND_OPEN_SEATS]);
  response.set_to_open(std::max(0, response.uncovered() - response.in_progress()));
  *response.mutable_terms() = {terms.begin(), terms.end()};
  return response;
}

std::optional<HeadcountShortage> ShortageIn(const HeadcountFacts& facts, absl::CivilDay from, absl::CivilDay to) {
  std::set<absl::CivilDay> changes = {from};
  const auto note = [&](absl::CivilDay day) {
    if (from < day && day <= to) changes.insert(day);
  };
  for (const v1::HeadcountPlanVersion& version : facts.versions) {
    for (const v1::PlannedHeadcount& month : version.months()) note(time::ToDay(month.month()));
  }
  for (const auto& [name, person] : facts.people) {
    for (const Term& term : TermsOf(person)) {
      note(term.first);
      if (term.last < to) note(term.last + 1);
    }
  }
  for (const Offer& offer : facts.offers) note(time::ToDay(offer.start_date()));
  for (const v1::Promotion& promotion : facts.promotions) note(time::ToDay(promotion.start_date()));
  std::optional<HeadcountShortage> shortage;
  for (auto day = changes.begin(); day != changes.end(); ++day) {
    v1::ComputeHeadcountResponse headcount = HeadcountOn(facts, *day);
    if (headcount.uncovered() <= 0) continue;
    const absl::CivilDay last = std::next(day) == changes.end() ? to : *std::next(day) - 1;
    if (!shortage) shortage = HeadcountShortage{*day, last, headcount};
    shortage->last = last;
    if (headcount.uncovered() > shortage->worst.uncovered()) shortage->worst = std::move(headcount);
  }
  return shortage;
}

}  // namespace heitie::personnel
