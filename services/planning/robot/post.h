// What a provider is sent and what its answer means (policy C2), by the tables of the robot policy. Pure.
#ifndef HEITIE_SERVICES_PLANNING_ROBOT_POST_H_
#define HEITIE_SERVICES_PLANNING_ROBOT_POST_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/web/client.h"
#include "heitie/planning/v1/delivery.pb.h"
#include "heitie/planning/v1/robot.pb.h"
#include "heitie/planning/v1/robot_policy.pb.h"

namespace heitie::planning {

// The row of the policy for a kind; nullptr where it has none.
const v1::RobotProvider* ProviderOf(const v1::RobotPolicy& policy, v1::Robot::Kind kind);

// Text of people in which nothing mentions anybody and nothing is a format: the characters that providers give a meaning have become
// their wide forms.
std::string Harmless(const std::string& text);
// The same for a message that is Markdown, in which lines have a form as well.
std::string HarmlessInMarkdown(const std::string& text);

// What one delivery says. The id is the delivery's: it stays the same however often it is sent.
struct Said {
  std::string id, subject, text, urgency;
  // Where the whole stands, for what is cut.
  std::string link;
  // Who is mentioned, by the id at the provider; empty: nobody.
  std::string mention = {};
};

// How many bytes a message of the robot may have, of what its provider counts.
int MostBytesOf(const v1::RobotPolicy& policy, const v1::RobotProvider& provider, const v1::Robot& robot);

// The request, signed for this instant; what does not fit is cut between characters and ends with the link.
web::Request PostOf(const v1::Robot& robot, int most_bytes, const Said& said, absl::Time now);
// The text as the provider gets it, which is cut when it is longer than `bytes`.
std::string Fitting(const std::string& text, const std::string& link, size_t bytes);

// What an answer means.
struct Verdict {
  v1::DeliveryAttempt::Outcome outcome;
  // The provider's own code; empty where there is none.
  std::string code;
  // How long to wait before the next one, where the answer or the table says.
  std::optional<absl::Duration> wait;
};
Verdict JudgeAnswer(const v1::RobotProvider& provider, const web::Answer& answer, absl::Time now);

// Seconds, or an instant of HTTP; nothing when it is neither. At most a day.
std::optional<absl::Duration> RetryAfter(const std::string& text, absl::Time now);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_ROBOT_POST_H_
