// The rules of allotments as plain functions (policy W2): what changes when one is to hold more or less, and what a part of one may be.
#ifndef HEITIE_SERVICES_RESOURCE_ALLOTMENT_ALLOTMENT_RULES_H_
#define HEITIE_SERVICES_RESOURCE_ALLOTMENT_ALLOTMENT_RULES_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/record/state_machine.h"
#include "common/status/status.h"
#include "heitie/resource/v1/allotment.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "services/resource/material/lines.h"

namespace heitie::resource {

extern const status::Reason kDuplicateCode;     // {code}
extern const status::Reason kNothingHeld;       // no arguments
extern const status::Reason kAllotmentFixed;    // {what}
extern const status::Reason kAllotmentUsed;     // {what} {used} {asked}
extern const status::Reason kAllotmentShort;    // {subject}
extern const status::Reason kAllotmentLeft;     // {name}
extern const status::Reason kLeftOfAllotment;   // {what} {left} {asked}
extern const status::Reason kAllotmentExpired;  // {name} {time}
extern const status::Reason kNotHeld;           // {what} {name}
extern const status::Reason kNeededLater;       // {item}
extern const status::Reason kPlanNeedsManager;  // {plan}

// confirm, draw, release are methods; expire is a job's.
const record::StateMachine& AllotmentMachine();

// Repeated items and codes, and an allotment of nothing: neither these nor `more`. `path` is that of the lists' parent, "allotment." or "".
template <typename Materials, typename Money>
void CheckNeeds(const Materials& materials, const Money& money, bool more, const std::string& path, status::BadFields& bad) {
  CheckUnique(materials, path + "materials", bad);
  std::set<std::string> codes;
  for (int i = 0; i < money.size(); ++i) {
    if (!codes.insert(money[i].code()).second)
      bad.Add(absl::StrCat(path, "money[", i, "].code"), kDuplicateCode, {{"code", money[i].code()}});
  }
  if (materials.empty() && money.empty() && !more) bad.Add(path + "materials", kNothingHeld);
}

// How much more (or, negative, less) of an item is to be held than the allotment has.
struct MaterialChange {
  v1::MaterialNeed need;
  int64_t more = 0;
  // What is outstanding was held for another day, and is to be held for that of `need`.
  int64_t moved = 0;
};
// What is outstanding of a line: reserved, and neither released nor issued.
int64_t OutstandingOf(const v1::Reservation::Line& line);
// Those that differ, in the order of their items. What the allotment has of an item and is not outstanding any more was used: issued,
// handed out, or let go by hand. `held` may be empty. ALLOTMENT_FIXED of fields below `path`; ALLOTMENT_USED.
std::vector<MaterialChange> MaterialChanges(const v1::Allotment& before, const v1::Allotment& after, const v1::Reservation& held,
                                            const std::string& path, status::BadFields& bad, status::Unmet& used);

struct MoneyChange {
  v1::MoneyNeed need;  // names its encumbrance, if there is one
  int64_t more = 0;
};
// Those that differ, in the order of their budgets. `encumbrances` are those of `before`, by name; what they do not have open any more was
// used. ALLOTMENT_FIXED, ALLOTMENT_USED.
std::vector<MoneyChange> MoneyChanges(const v1::Allotment& before, const v1::Allotment& after,
                                      const std::map<std::string, v1::Encumbrance>& encumbrances, const std::string& path,
                                      status::BadFields& bad, status::Unmet& used);

// An allotment that is drawn on, and what it holds.
struct Holding {
  v1::Allotment allotment;
  v1::Reservation reservation;                          // empty without goods
  std::map<std::string, v1::Encumbrance> encumbrances;  // by name
};
// What passes from `sources`, in their order, to an allotment: of each item what is outstanding at the place where it is wanted, of each
// budget what is open, at most what is wanted. A need of no particular place moves to the place of the first source that holds all of it,
// where `locations/main` of the sources holds less.
std::vector<v1::AllotmentDraw> DrawsOf(const std::vector<Holding>& sources, v1::Allotment& wanted);

// The reservation lines of what is drawn from an allotment: NOT_HELD, NEEDED_LATER of fields; ALLOTMENT_LEFT with each item of which less
// is left.
std::vector<v1::Reservation::Line> DrawnLines(const v1::Allotment& source, const v1::Reservation& held,
                                              const v1::DrawAllotmentRequest& request, status::BadFields& bad, status::Unmet& left);

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_ALLOTMENT_ALLOTMENT_RULES_H_
