#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "absl/time/clock.h"
#include "heitie/gateway/v1/holdings.pb.h"
#include "heitie/personnel/v1/handover.pb.h"
#include "tests/e2e/hiring.h"
#include "tests/e2e/world.h"
#include "tests/fault/chapter.h"

namespace heitie::fault {
namespace {

using personnel::v1::Handover;
using personnel::v1::HandoverItem;

constexpr int kLeavers = 3;          // in each round
constexpr int kLongestPause = 3000;  // ms, before somebody leaves
constexpr int kOfEach = 2;           // things of each service

// Somebody with something in every service in which one can have something.
struct Leaver {
  std::string employee, heir;
  bool successor = false;                                // named, or what is left goes to the fallback
  std::vector<std::pair<std::string, std::string>> own;  // service and resource
  bool left = false;
};

class HandoversChapter final : public Chapter {
 public:
  explicit HandoversChapter(const Staff& staff) : staff_(staff), id_("leave-" + staff.run) {
    const absl::CivilMonth month = absl::CivilMonth(e2e::Today()) - 1;
    const std::string quarter =
        absl::Substitute("start_date $0 end_date $1", e2e::Date(absl::CivilDay(month)), e2e::Date(absl::CivilDay(month + 3) - 1));
    Do("personnel.CreatePosition", absl::Substitute("position_id: '$0' position { title: 'Host' responsibilities: 'Hosts.' }", id_));
    Do("resource.CreateItemCategory", absl::Substitute("item_category_id: '$0' item_category { display_name: 'Gifts' }", id_));
    Do("planning.CreatePlanPeriod",
       absl::Substitute("plan_period_id: '$0' plan_period { title: 'Quarter' cadence: CADENCE_QUARTERLY $1 }", id_, quarter));
  }

  void Prepare(int round, Random& random) override {
    leavers_.clear();
    for (int i = 0; i < kLeavers; ++i) {
      Leaver leaver;
      const std::string id = absl::StrCat(id_, "-", round, "-", i);
      leaver.employee = "employees/" + id;
      leaver.heir = leaver.employee + "-heir";
      leaver.successor = random() % 2 == 0;
      Employ(id + "-heir", "");
      Employ(id, absl::Substitute("superior: '$0'", leaver.heir));
      for (int k = 0; k < kOfEach; ++k) Give(leaver, absl::StrCat(id, "-", k));
      leavers_.push_back(leaver);
    }
  }

  std::vector<std::function<void(Random&)>> Clients() override {
    std::vector<std::function<void(Random&)>> clients;
    for (Leaver& leaver : leavers_)
      clients.emplace_back([this, &leaver](Random& random) {
        absl::SleepFor(absl::Milliseconds(random() % kLongestPause));
        Leave(leaver);
      });
    return clients;
  }

  void Check() override {
    for (const Leaver& leaver : leavers_) CheckOne(leaver);
    std::string token;
    do {
      const auto page = e2e::Ask<gateway::v1::ListOwnerlessHoldingsResponse>(
          staff_.asker, staff_.grpc.manager, "gateway.ListOwnerlessHoldings", absl::Substitute("page_token: '$0'", token));
      ASSERT_TRUE(page.ok()) << page.status();
      EXPECT_TRUE(page->holdings().empty()) << page->DebugString();
      EXPECT_TRUE(page->missing().empty()) << page->DebugString();
      token = page->next_page_token();
    } while (!token.empty());
  }

 private:
  void Employ(const std::string& id, const std::string& superior) {
    Do("personnel.CreateEmployee",
       absl::Substitute("employee_id: '$0' employee { display_name: 'Host' position: 'positions/$1' department: "
                        "'operations' hire_date $2 $3 }",
                        id, id_, e2e::Date(e2e::Today() - 300), superior));
  }

  // Something of each service.
  void Give(Leaver& leaver, const std::string& id) {
    const std::string& owner = leaver.employee;
    Do("planning.CreateProject",
       absl::Substitute("project_id: '$0' project { title: 'Fair' plan_period: 'planPeriods/$1' owner: '$2' start_date $3 end_date $4 "
                        "currency_code: 'TWD' objectives { title: 'More' metric: 'customers' unit: 'people' target: 15 target_date $4 } }",
                        id, id_, owner, e2e::Date(e2e::Today()), e2e::Date(e2e::Today() + 1)));
    leaver.own.emplace_back("planning", "projects/" + id);
    Do("activity.CreateActivity",
       absl::Substitute("activity_id: '$0' activity { title: 'Sale' project: 'projects/$0' scheme: 'projects/$0/schemes/main' owner: '$1' "
                        "start_time $2 end_time $3 time_zone: 'Asia/Taipei' }",
                        id, owner, e2e::Instant(absl::Now()), e2e::Instant(absl::Now() + absl::Hours(24))));
    leaver.own.emplace_back("activity", "activities/" + id);
    Do("risk.CreateRisk", absl::Substitute("risk_id: '$0' risk { category: CATEGORY_MARKET subject: 'activities/$0' title: 'Rival' cause: "
                                           "'Sale' owner: '$1' }",
                                           id, owner));
    leaver.own.emplace_back("risk", "risks/" + id);
    Do("resource.CreateItem", absl::Substitute("item_id: '$0' item { display_name: 'Box' category: 'itemCategories/$1' unit: 'box' "
                                               "currency_code: 'TWD' custodian: '$2' }",
                                               id, id_, owner));
    leaver.own.emplace_back("resource", "items/" + id);
    Employ(id + "-led", absl::Substitute("superior: '$0'", owner));
    leaver.own.emplace_back("personnel", "employees/" + id + "-led");
  }

  void Leave(Leaver& leaver) {
    const std::string named = absl::Substitute("name: '$0'", leaver.employee), handover = HandoverOf(leaver);
    if (leaver.successor) {
      if (!Step("personnel.TerminateEmployee", absl::Substitute("$0 leave_date $1", named, e2e::Date(e2e::Today() + 20)))) return;
      staff_.acknowledged->Note("personnel", handover, "create");
      if (!Step("personnel.UpdateHandover",
                absl::Substitute("handover { name: '$0' successor: '$1' } update_mask { paths: 'successor' }", handover, leaver.heir)))
        return;
      staff_.acknowledged->Note("personnel", handover, "update");
    }
    if (!Step("personnel.TerminateEmployee", absl::Substitute("$0 leave_date $1", named, e2e::Date(e2e::Today() - 1)))) return;
    leaver.left = true;
  }

  void CheckOne(const Leaver& leaver) const {
    SCOPED_TRACE(leaver.employee);
    ASSERT_TRUE(leaver.left);
    const std::string handover = HandoverOf(leaver);
    Handover last;
    EXPECT_TRUE(Becomes([&] {
      last = Must<Handover>("personnel.GetHandover", absl::Substitute("name: '$0'", handover));
      return last.state() == Handover::STATE_COMPLETED;
    })) << last.DebugString();
    std::multiset<std::string> wanted, listed, held;
    for (const auto& [service, resource] : leaver.own) {
      wanted.insert(resource);
      staff_.acknowledged->Note(service, resource, "hand_over");
    }
    const auto items = Must<personnel::v1::ListHandoverItemsResponse>("personnel.ListHandoverItems",
                                                                      absl::Substitute("parent: '$0' page_size: 1000", handover));
    for (const HandoverItem& item : items.handover_items()) {
      listed.insert(item.holding().resource());
      EXPECT_EQ(item.successor(), leaver.heir);
      EXPECT_EQ(item.state(), leaver.successor ? HandoverItem::STATE_MOVED : HandoverItem::STATE_UNDECIDED) << item.DebugString();
    }
    EXPECT_EQ(listed, wanted) << "each is reported once";
    const auto holdings = Must<gateway::v1::ListEmployeeHoldingsResponse>("gateway.ListEmployeeHoldings",
                                                                          absl::Substitute("name: '$0' open_only: true", leaver.heir));
    EXPECT_TRUE(holdings.missing().empty()) << holdings.DebugString();
    for (const auto& holding : holdings.holdings()) {
      if (wanted.count(holding.resource()) > 0) held.insert(holding.resource());
    }
    EXPECT_EQ(held, wanted) << "the heir has each once";
  }

  static std::string HandoverOf(const Leaver& leaver) { return "handovers/" + leaver.employee.substr(leaver.employee.find('/') + 1); }
  bool Step(const std::string& method, const std::string& request) const {
    const absl::Status status = e2e::Put(staff_.asker, staff_.http.manager, method, request);
    EXPECT_TRUE(status.ok()) << method << " " << request << ": " << status;
    return status.ok();
  }
  template <typename Response>
  Response Must(const std::string& method, const std::string& request) const {
    const auto response = e2e::Ask<Response>(staff_.asker, staff_.grpc.manager, method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *response : Response();
  }
  void Do(const std::string& method, const std::string& request) const { staff_.grpc.manager.Do(method, request); }

  const Staff& staff_;
  const std::string id_;
  std::vector<Leaver> leavers_;
};

}  // namespace

std::unique_ptr<Chapter> Handovers(const Staff& staff) { return std::make_unique<HandoversChapter>(staff); }

}  // namespace heitie::fault
