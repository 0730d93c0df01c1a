// How messages to chat robots and webhooks are signed (policy C2). Pure.
#ifndef HEITIE_SERVICES_PLANNING_ROBOT_SIGNATURE_H_
#define HEITIE_SERVICES_PLANNING_ROBOT_SIGNATURE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace heitie::planning {

// `sign` of DingTalk, encoded as it stands in the address beside `timestamp`, in milliseconds.
std::string SignDingTalk(int64_t timestamp_millis, const std::string& secret);
// `sign` of Feishu, which stands in the body beside `timestamp`, in seconds.
std::string SignFeishu(int64_t timestamp_seconds, const std::string& secret);

// The key of a secret of Standard Webhooks ("whsec_" and base64 of 24 to 64 bytes); nothing when it is none.
std::optional<std::string> WebhookKey(const std::string& secret);
// `webhook-signature`: one signature for each secret, the newest first.
std::string SignWebhook(const std::string& id, int64_t timestamp_seconds, const std::string& body, const std::vector<std::string>& secrets);

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_ROBOT_SIGNATURE_H_
