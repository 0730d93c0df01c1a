// What pages are held to: what may be asked of them, whether an answer is as it should be, when they are UP or DOWN, and how much of a time
// they were up. Pure functions.
#ifndef HEITIE_SERVICES_ACTIVITY_PAGE_PAGE_RULES_H_
#define HEITIE_SERVICES_ACTIVITY_PAGE_PAGE_RULES_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/record/state_machine.h"
#include "common/status/status.h"
#include "common/web/allow_list.h"
#include "common/web/client.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/activity/v1/allowed_host.pb.h"
#include "heitie/activity/v1/page.pb.h"

namespace heitie::activity {

extern const status::Reason kBadUrl;               // a field
extern const status::Reason kHostNotAllowed;       // {host}: a field
extern const status::Reason kBodyWithoutPost;      // a field
extern const status::Reason kCheckWithoutContent;  // a field
extern const status::Reason kCheckNotOne;          // a field
extern const status::Reason kPatternRefused;       // {why}: a field
extern const status::Reason kBadPointer;           // a field
extern const status::Reason kBadJson;              // a field
extern const status::Reason kBadDuration;          // {least} {most}: a field
extern const status::Reason kBadHost;              // a field
extern const status::Reason kBadAddressRange;      // a field

const record::StateMachine& PageMachine();

absl::Duration ToDuration(const google::protobuf::Duration& duration);
google::protobuf::Duration ToProtoDuration(absl::Duration duration);

// The rules between fields, and what single ones hold. Rules that the contract can state are there. Every bad field at once.
absl::Status CheckPage(const v1::Page& page, const web::AllowList& allowed);
absl::Status CheckAllowedHost(const v1::AllowedHost& host);
// Of an entry that was checked.
web::Allowed ToAllowed(const v1::AllowedHost& host);

// Whether what was seen of the page before says nothing of it as it is now.
bool ChangesLooks(const v1::Page& before, const v1::Page& after);
// Whether it is looked at: the activity is not closed, and launched where the page is wanted only then.
bool IsLookedAt(const v1::Page& page, const v1::Activity& activity);
// Whether a bad look at that time is let pass.
bool IsInGrace(const v1::Page& page, const v1::Activity& activity, absl::Time at);
// The first time of the page's schedule, whose rhythm counts from `anchor`, that is later than `after`.
absl::Time NextLook(absl::Time anchor, absl::Duration interval, absl::Time after);

// What a look came to. Nothing of the answer's content is in it.
struct Look {
  absl::Time time;
  bool good = false;
  v1::Page::Cause cause = v1::Page::CAUSE_UNSPECIFIED;
  int status = 0;
  absl::Duration latency;
  int redirects = 0;
  std::optional<web::Certificate> certificate;
};

web::Request RequestOf(const v1::Page& page);
Look JudgeAnswer(const v1::Page& page, const web::Answer& answer, absl::Time time);

// The looks in a row that showed the same: positive when they were good, negative when bad. `before` and `last_look` are those before
// this one; looks farther apart than two intervals are not in a row. One in grace that is bad counts for nothing.
int CountLooks(const v1::Page& page, int before, std::optional<absl::Time> last_look, const Look& look, bool in_grace);
// The state of a page in `state` after so many in a row.
v1::Page::State StateAfter(const v1::Page& page, v1::Page::State state, int looks);

// Whether the look is to warn of its certificate, if that was not done before.
bool IsCertificateRunningOut(const v1::Page& page, const Look& look);

// A time in which looks showed the same.
struct Stretch {
  absl::Time start, end;
  v1::Page::State state = v1::Page::STATE_UNKNOWN;
  v1::Page::Cause cause = v1::Page::CAUSE_UNSPECIFIED;
  bool operator==(const Stretch&) const = default;
};
// Adds a look, later than all before: it counts until the next one and for two intervals at most. One that is let pass ends what was known.
// Of the stretches before, only the last one may change.
void AddLook(std::vector<Stretch>& stretches, const Look& look, absl::Duration interval, bool in_grace);

// How much of a time is known, and what.
struct Availability {
  absl::Duration up, down, unknown;
  std::vector<Stretch> stretches;  // without gaps
  // up ÷ (up + down); nothing when nothing is known.
  std::optional<double> share() const;
};
// Of [from, to). In the pauses nothing is known. Both lists ascend without overlaps.
Availability AvailabilityOf(const std::vector<Stretch>& stretches, const std::vector<std::pair<absl::Time, absl::Time>>& pauses,
                            absl::Time from, absl::Time to);

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_PAGE_PAGE_RULES_H_
