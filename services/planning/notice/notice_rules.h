// Which events of other services are told to whom (policy C2).
#ifndef HEITIE_SERVICES_PLANNING_NOTICE_NOTICE_RULES_H_
#define HEITIE_SERVICES_PLANNING_NOTICE_NOTICE_RULES_H_

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/event/follower.h"
#include "common/record/methods.h"
#include "heitie/planning/v1/notice_rule.pb.h"
#include "services/planning/notice/recipients.h"
#include "services/planning/notice/tell.h"
#include "services/planning/plan/tables.h"
#include "services/planning/robot/robots.h"

namespace heitie::planning {

extern const status::Reason kUnknownSubjectType;  // {type}
extern const status::Reason kFieldNotThere;       // {type} {field}

const record::StateMachine& NoticeRuleMachine();

// The kind of a type whose events are followed; nullptr for others.
const google::protobuf::Descriptor* FollowedType(const std::string& type);

// What a scalar field, or each element of a repeated one, reads as; nothing where it is not set or there is no such field.
std::vector<std::string> ReadAsText(const google::protobuf::Message& message, const std::string& field);

// Whether the rule speaks of the event, which left the resource as `resource`.
bool SpeaksOf(const v1::NoticeRule& rule, const std::string& action, const google::protobuf::Message& resource);

// Thread-safe.
class NoticeRules {
 public:
  NoticeRules(const service::Context& context, const Tables& tables, const RobotTables& robots, Notices& notices,
              const Recipients& recipients);
  NoticeRules(const NoticeRules&) = delete;
  void Bind(record::Methods& methods);

  // Told once, however often an event comes and however many rules speak of it; all in one transaction. Public for tests.
  absl::Status OnEvents(const rpc::Call& call, const std::vector<const type::v1::Event*>& events);

 private:
  absl::Status Create(record::Transaction& tx, v1::NoticeRule& rule);
  absl::Status Update(record::Transaction& tx, const v1::NoticeRule& before, v1::NoticeRule& after);
  // NOT_FOUND of what a recipient names.
  absl::Status CheckKnown(sql::Session& session, const v1::NoticeRecipient& recipient) const;
  absl::StatusOr<v1::NoticeRule> End(record::Transaction& tx, const v1::EndNoticeRuleRequest& request);
  // The rules that speak of events of these types, by type; where several do, the one that presses most has the word.
  absl::StatusOr<std::map<std::string, std::vector<v1::NoticeRule>>> RulesFor(sql::Session& session,
                                                                              const std::set<std::string>& types) const;
  absl::StatusOr<std::vector<std::string>> RecipientsOf(sql::Session& session, const v1::NoticeRecipient& recipient,
                                                        const google::protobuf::Message& resource, absl::Time now) const;

  record::Store& store_;
  const Tables& tables_;
  const RobotTables& robots_;
  record::Kind<v1::NoticeRule> rules_;
  Notices& notices_;
  const Recipients& recipients_;
};

}  // namespace heitie::planning

#endif  // HEITIE_SERVICES_PLANNING_NOTICE_NOTICE_RULES_H_
