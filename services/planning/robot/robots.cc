#include "services/planning/robot/robots.h"

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/job/runner.h"
#include "common/status/macros.h"
#include "common/time/instant.h"
#include "common/web/url.h"
#include "re2/re2.h"
#include "services/planning/robot/post.h"
#include "services/planning/robot/signature.h"

namespace heitie::planning {

using absl::StatusCode;
using v1::Delivery;
using v1::Robot;

const status::Reason kNotOfDepartment{StatusCode::kInvalidArgument, "NOT_OF_DEPARTMENT", "{person} is not known to be of {department}.",
                                      "{person} 不屬於部門 {department}。"};
const status::Reason kAddressNotAllowed{StatusCode::kInvalidArgument, "ADDRESS_NOT_ALLOWED",
                                        "The address must be https at a host of the provider of {kind}, without user, port or fragment.",
                                        "網址必須是 {kind} 供應商主機的 https 網址，不得含使用者、連接埠或片段。"};
const status::Reason kBadSecret{StatusCode::kInvalidArgument, "BAD_SECRET",
                                "The secret of a webhook is whsec_ and 24 to 64 bytes in base64.",
                                "密鑰必須是 whsec_ 加上 24 至 64 位元組的 base64。"};
const status::Reason kNoAddress{StatusCode::kFailedPrecondition, "NO_ADDRESS", "{name} has no address yet.", "{name} 尚未設定網址。"};
const status::Reason kRobotEnded{StatusCode::kFailedPrecondition, "ROBOT_ENDED", "{name} has ended.", "{name} 已終止。"};
const status::Reason kFormatNotOffered{StatusCode::kInvalidArgument, "FORMAT_NOT_OFFERED", "{kind} has no messages of this format.",
                                       "{kind} 不提供此格式的訊息。"};
const status::Reason kMentionsNotOffered{StatusCode::kFailedPrecondition, "MENTIONS_NOT_OFFERED",
                                         "{name} is a webhook and mentions nobody.", "{name} 傳送至其他系統，無法提及人員。"};
const status::Reason kNotCarried{StatusCode::kInvalidArgument, "NOT_CARRIED", "{name} does not carry the notices of {person}.",
                                 "{name} 不傳送 {person} 的通知。"};
const status::Reason kBadMention{StatusCode::kInvalidArgument, "BAD_MENTION",
                                 "The id has up to 64 letters, digits, dots, dashes and underscores, and is not “all”.",
                                 "識別碼最多 64 個字元，僅限英數字、點、連字號與底線，且不得為全員代稱。"};

namespace {

constexpr int kHttpsPort = 443;
constexpr size_t kShownCharacters = 4;
constexpr int64_t kMostAtOnce = 500;

constexpr char kMentionForm[] = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";

bool IsMention(const std::string& id) {
  static const RE2& form = *new RE2(kMentionForm);
  return RE2::FullMatch(id, form) && !absl::EqualsIgnoreCase(id, "all");
}

std::vector<std::string> MentionIdsOf(const Robot& robot) { return absl::StrSplit(robot.mention_ids(), ' ', absl::SkipEmpty()); }

const status::Phrase kNoAddressYet{"It has no address yet.", "尚未設定網址。"};

bool IsInside(const std::vector<web::Range>& networks, const web::Address& address) {
  return std::any_of(networks.begin(), networks.end(), [&](const web::Range& range) { return range.Contains(address); });
}

}  // namespace

const record::StateMachine& RobotMachine() {
  static const auto& machine =
      *new record::StateMachine(Robot::State_descriptor(), {
                                                               {Robot::STATE_DISABLED, "set_address", Robot::STATE_ENABLED},
                                                               {Robot::STATE_ENABLED, "set_address", Robot::STATE_ENABLED},
                                                               {Robot::STATE_DISABLED, "enable", Robot::STATE_ENABLED, "it has an address"},
                                                               {Robot::STATE_ENABLED, "disable", Robot::STATE_DISABLED},
                                                               {Robot::STATE_ENABLED, "give_up", Robot::STATE_DISABLED,
                                                                "it is wrongly configured, or has failed for long", record::kConsequence},
                                                               {Robot::STATE_DISABLED, "end", Robot::STATE_ENDED},
                                                               {Robot::STATE_ENABLED, "end", Robot::STATE_ENDED},
                                                           });
  return machine;
}

const record::StateMachine& DeliveryMachine() {
  static const auto& machine = *new record::StateMachine(
      Delivery::State_descriptor(),
      {
          {Delivery::STATE_WAITING, "take", Delivery::STATE_TAKEN, "the provider took it", record::kConsequence},
          {Delivery::STATE_WAITING, "fail", Delivery::STATE_WAITING, "it is tried again", record::kConsequence},
          {Delivery::STATE_WAITING, "merge", Delivery::STATE_MERGED, "more waits than fits", record::kConsequence},
          {Delivery::STATE_WAITING, "bury", Delivery::STATE_DEAD, "it is not tried any more", record::kConsequence},
          {Delivery::STATE_DEAD, "resend", Delivery::STATE_WAITING},
      });
  return machine;
}

web::AllowList AllowedFor(const v1::RobotProvider& provider, const std::string& address, const std::vector<web::Range>& networks) {
  const std::optional<web::Url> url = web::ParseUrl(address);
  if (!url.has_value()) return {};
  web::Allowed allowed{.host = url->host, .https = true, .ports = {url->port}, .inside = networks};
  if (url->address.has_value() && IsInside(networks, *url->address)) {
    allowed.http = true;
    return web::AllowList({allowed});
  }
  const bool named =
      provider.hosts().empty() || std::find(provider.hosts().begin(), provider.hosts().end(), url->host) != provider.hosts().end();
  if (!url->https || url->port != kHttpsPort || url->address.has_value() || !named) return {};
  return web::AllowList({allowed});
}

std::string MentionOf(const Robot& robot, const std::string& person) {
  const std::vector<std::string> ids = MentionIdsOf(robot);
  const auto found = std::find(robot.mentioned_people().begin(), robot.mentioned_people().end(), person);
  const size_t place = static_cast<size_t>(found - robot.mentioned_people().begin());
  return place < ids.size() ? ids[place] : "";
}

std::string ShownOf(const std::string& address) {
  const std::optional<web::Url> url = web::ParseUrl(address);
  if (!url.has_value()) return "";
  return absl::StrCat(url->host, " …", address.substr(address.size() - std::min(address.size(), kShownCharacters)));
}

absl::Status ScheduleSending(record::Transaction& tx, const std::string& robot) {
  return job::Schedule(tx, {.name = robot + "/send", .kind = kSendJob, .payload = robot, .run_time = tx.call.now});
}

RobotTables::RobotTables(const service::Context& context, std::vector<web::Range> outbound_networks)
    : robots(context.store, &RobotMachine()),
      deliveries(context.store, &DeliveryMachine()),
      attempts(context.store),
      policies(context.store, kShippedRobotPolicy, CheckRobotPolicy),
      networks(std::move(outbound_networks)) {
  for (const char* field : {"address", "secret", "previous_secret", "mention_ids"}) robots.RestrictField(field, record::Nobody());
}

Robots::Robots(const service::Context& context, RobotTables& tables, Notices& notices)
    : tables_(tables), notices_(notices), people_(context.people) {
  tables_.robots.SetAllows([](const Robot& robot, const std::string& verb) { return verb != "enable" || !robot.address().empty(); });
}

absl::Status Robots::Check(const Robot& robot, absl::Time now) const {
  status::BadFields bad;
  const bool has_markdown = robot.kind() == Robot::KIND_DINGTALK || robot.kind() == Robot::KIND_WECOM;
  if (robot.format() == Robot::FORMAT_MARKDOWN && !has_markdown) {
    bad.Add("robot.format", kFormatNotOffered, {{"kind", Robot::Kind_Name(robot.kind())}});
  }
  if (robot.kind() != Robot::KIND_WEBHOOK) return bad.status();
  const std::shared_ptr<const people::Known> known = people_.Now();
  for (int i = 0; i < robot.people_size(); ++i) {
    const people::Person* person = known->Find(robot.people(i));
    if (person != nullptr && person->DepartmentAt(now) == robot.department()) continue;
    bad.Add(absl::StrCat("robot.people[", i, "]"), kNotOfDepartment, {{"person", robot.people(i)}, {"department", robot.department()}});
  }
  return bad.status();
}

absl::Status Robots::KeepPeople(record::Transaction& tx, const Robot& robot) const {
  RETURN_IF_ERROR(tx.sql.Execute("DELETE FROM robot_people WHERE robot = ?", sql::Bind(robot.name())).status());
  for (const std::string& person : robot.people()) {
    RETURN_IF_ERROR(tx.sql.Execute("INSERT INTO robot_people (person, robot) VALUES (?, ?)", sql::Bind(person, robot.name())).status());
  }
  return absl::OkStatus();
}

absl::Status Robots::Create(record::Transaction& tx, Robot& robot) {
  RETURN_IF_ERROR(Check(robot, tx.call.now));
  if (robot.format() == Robot::FORMAT_UNSPECIFIED) robot.set_format(Robot::FORMAT_TEXT);
  robot.set_state(Robot::STATE_DISABLED);
  robot.set_state_reason(status::Sentence(kNoAddressYet, {}, tx.call.language));
  return KeepPeople(tx, robot);
}

absl::Status Robots::Update(record::Transaction& tx, const Robot& before, Robot& after) {
  if (before.state() == Robot::STATE_ENDED) return status::Error(kRobotEnded, {{"name", before.name()}});
  if (after.format() == Robot::FORMAT_UNSPECIFIED) after.set_format(before.format());
  RETURN_IF_ERROR(Check(after, tx.call.now));
  return KeepPeople(tx, after);
}

absl::StatusOr<Robot> Robots::SetAddress(record::Transaction& tx, const v1::SetRobotAddressRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Robot> step, tables_.robots.Begin(tx, request, "set_address"));
  Robot& robot = step.after;
  ASSIGN_OR_RETURN(const v1::RobotPolicy policy, tables_.policies.InForce(tx.sql, tx.call.now));
  if (!request.address().empty()) robot.set_address(request.address());
  if (request.drop_previous_secret()) robot.clear_previous_secret();
  if (!request.secret().empty() && request.secret() != robot.secret()) {
    robot.set_previous_secret(robot.secret());
    robot.set_secret(request.secret());
  }
  status::BadFields bad;
  const v1::RobotProvider* provider = ProviderOf(policy, robot.kind());
  const std::optional<web::Url> url = web::ParseUrl(robot.address());
  if (provider == nullptr || !url.has_value() || !AllowedFor(*provider, robot.address(), tables_.networks).Permits(*url)) {
    bad.Add("address", kAddressNotAllowed, {{"kind", Robot::Kind_Name(robot.kind())}});
  }
  if (robot.kind() == Robot::KIND_WEBHOOK && !WebhookKey(robot.secret()).has_value()) bad.Add("secret", kBadSecret);
  RETURN_IF_ERROR(bad.status());
  robot.set_address_shown(ShownOf(robot.address()));
  robot.clear_state_reason();
  robot.clear_failing_since_time();
  RETURN_IF_ERROR(ScheduleSending(tx, robot.name()));
  return tables_.robots.Finish(tx, step);
}

absl::StatusOr<Robot> Robots::SetMention(record::Transaction& tx, const v1::SetRobotMentionRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Robot> step, tables_.robots.Begin(tx, request));
  const Robot& before = step.before;
  if (before.state() == Robot::STATE_ENDED) return status::Error(kRobotEnded, {{"name", before.name()}});
  if (before.kind() == Robot::KIND_WEBHOOK) return status::Error(kMentionsNotOffered, {{"name", before.name()}});
  status::BadFields bad;
  if (std::find(before.people().begin(), before.people().end(), request.person()) == before.people().end()) {
    bad.Add("person", kNotCarried, {{"person", request.person()}, {"name", before.name()}});
  }
  if (!request.provider_id().empty() && !IsMention(request.provider_id())) bad.Add("provider_id", kBadMention);
  RETURN_IF_ERROR(bad.status());
  std::vector<std::string> people, ids;
  for (const std::string& person : before.mentioned_people()) {
    if (person == request.person()) continue;
    people.push_back(person);
    ids.push_back(MentionOf(before, person));
  }
  if (!request.provider_id().empty()) {
    people.push_back(request.person());
    ids.push_back(request.provider_id());
  }
  step.after.mutable_mentioned_people()->Assign(people.begin(), people.end());
  step.after.set_mention_ids(absl::StrJoin(ids, " "));
  step.verb = "set_mention";
  return tables_.robots.Finish(tx, step);
}

absl::StatusOr<Robot> Robots::Enable(record::Transaction& tx, const v1::EnableRobotRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Robot> step, tables_.robots.Begin(tx, request, "enable"));
  if (step.before.address().empty()) return status::Error(kNoAddress, {{"name", request.name()}});
  step.after.clear_state_reason();
  step.after.clear_failing_since_time();
  step.after.clear_blocked_until_time();
  RETURN_IF_ERROR(ScheduleSending(tx, request.name()));
  return tables_.robots.Finish(tx, step);
}

absl::StatusOr<Robot> Robots::Disable(record::Transaction& tx, const v1::DisableRobotRequest& request) {
  return tables_.robots.Change(tx, request, "disable", [&](Robot& after) { after.set_state_reason(request.reason()); });
}

absl::StatusOr<Robot> Robots::End(record::Transaction& tx, const v1::EndRobotRequest& request) {
  ASSIGN_OR_RETURN(record::Step<Robot> step, tables_.robots.Begin(tx, request, "end"));
  step.after.set_state_reason(request.reason());
  step.after.clear_address();
  step.after.clear_secret();
  step.after.clear_previous_secret();
  step.after.clear_mention_ids();
  step.after.clear_mentioned_people();
  RETURN_IF_ERROR(BuryAll(tx, request.name()));
  return tables_.robots.Finish(tx, step);
}

absl::Status Robots::Settle(record::Transaction& tx, const Delivery& delivery, const char* verb) const {
  if (!delivery.notice().empty()) return notices_.Settle(tx, delivery.notice(), verb);
  ASSIGN_OR_RETURN(const std::vector<Delivery> lines,
                   tables_.deliveries.Select(tx.sql, "WHERE digest = ? ORDER BY name", sql::Bind(delivery.name())));
  std::set<std::string> told;
  for (const Delivery& line : lines) told.insert(line.notice());
  return notices_.SettleAll(tx, told, verb);
}

absl::Status Robots::BuryAll(record::Transaction& tx, const std::string& robot) const {
  sql::Values range = record::ChildRange(robot, "deliveries");
  ASSIGN_OR_RETURN(const std::vector<Delivery> waiting,
                   tables_.deliveries.Select(tx.sql, "WHERE name > ? AND name < ? AND state = 'STATE_WAITING' ORDER BY name", range));
  for (const Delivery& delivery : waiting) {
    RETURN_IF_ERROR(
        tables_.deliveries.Change(tx, record::Target(delivery.name()), "bury", [](Delivery& after) { after.clear_next_time(); }).status());
    RETURN_IF_ERROR(Settle(tx, delivery, "bury"));
  }
  return absl::OkStatus();
}

absl::Status Robots::SendAgain(record::Transaction& tx, const std::string& delivery) const {
  ASSIGN_OR_RETURN(const Delivery sent, tables_.deliveries.Change(tx, record::Target(delivery), "resend", [&](Delivery& after) {
    after.set_failures(0);
    *after.mutable_next_time() = time::ToTimestamp(tx.call.now);
  }));
  return Settle(tx, sent, "send");
}

absl::StatusOr<Delivery> Robots::Resend(record::Transaction& tx, const v1::ResendDeliveryRequest& request) {
  ASSIGN_OR_RETURN(const Robot robot, tables_.robots.Find(tx.sql, record::ParentOf(request.name())));
  if (robot.state() == Robot::STATE_ENDED) return status::Error(kRobotEnded, {{"name", robot.name()}});
  ASSIGN_OR_RETURN(const record::Step<Delivery> step, tables_.deliveries.Begin(tx, request));
  RETURN_IF_ERROR(SendAgain(tx, step.before.name()));
  return tables_.deliveries.Find(tx.sql, request.name());
}

absl::StatusOr<v1::ResendDeliveriesResponse> Robots::ResendAll(record::Transaction& tx, const v1::ResendDeliveriesRequest& request) {
  ASSIGN_OR_RETURN(const Robot robot, tables_.robots.Find(tx.sql, request.parent()));
  if (robot.state() == Robot::STATE_ENDED) return status::Error(kRobotEnded, {{"name", robot.name()}});
  sql::Values values = record::ChildRange(request.parent(), "deliveries");
  std::string tail = "WHERE name > ? AND name < ? AND state = 'STATE_DEAD' AND create_time >= ? ";
  values.push_back(sql::V(request.has_start_time() ? time::ToTime(request.start_time()) : absl::UnixEpoch()));
  if (!request.subject().empty()) {
    tail += "AND subject = ? ";
    values.push_back(sql::V(request.subject()));
  }
  values.push_back(sql::V(kMostAtOnce));
  ASSIGN_OR_RETURN(const std::vector<Delivery> dead, tables_.deliveries.Select(tx.sql, tail + "ORDER BY name LIMIT ?", values));
  for (const Delivery& delivery : dead) RETURN_IF_ERROR(SendAgain(tx, delivery.name()));
  v1::ResendDeliveriesResponse response;
  response.set_count(static_cast<int32_t>(dead.size()));
  return response;
}

void Robots::Bind(record::Methods& methods) {
  tables_.policies.Bind<v1::PublishRobotPolicyRequest>(methods);
  methods.Reads(tables_.robots);
  methods.Creates(tables_.robots, this, &Robots::Create);
  methods.Updates(tables_.robots, this, &Robots::Update);
  methods.Bind("SetRobotAddress", this, &Robots::SetAddress);
  methods.Bind("SetRobotMention", this, &Robots::SetMention);
  methods.Bind("EnableRobot", this, &Robots::Enable);
  methods.Bind("DisableRobot", this, &Robots::Disable);
  methods.Bind("EndRobot", this, &Robots::End);
  methods.Reads(tables_.deliveries);
  methods.Bind("ResendDelivery", this, &Robots::Resend);
  methods.Bind("ResendDeliveries", this, &Robots::ResendAll);
  methods.Reads(tables_.attempts);
}

}  // namespace heitie::planning
