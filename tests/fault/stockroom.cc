#include "tests/fault/stockroom.h"

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/substitute.h"
#include "common/status/status.h"
#include "heitie/resource/v1/allotment.pb.h"
#include "heitie/resource/v1/budget.pb.h"
#include "heitie/resource/v1/encumbrance.pb.h"
#include "heitie/resource/v1/goods_receipt.pb.h"
#include "heitie/resource/v1/reservation.pb.h"
#include "heitie/resource/v1/stock.pb.h"
#include "tests/e2e/world.h"

namespace heitie::fault {
namespace {

using resource::v1::Allotment;

constexpr int kItems = 2;
constexpr int kBudgets = 2;
constexpr int kClients = 6;
constexpr int kSteps = 14;  // of a client in a round
constexpr int64_t kPieces = 40;
constexpr int64_t kMoney = 4000;

// What a client holds by its own account: what it was told, and nothing else.
struct Own {
  std::string name, reservation;
  int64_t goods = 0;  // held, issued ones among them
  int64_t issued = 0;
  std::string encumbrance;
  int64_t money = 0;  // held, spent money among it
  int64_t spent = 0;
  int item = 0, budget = 0;
  bool confirmed = false, released = false;
};

// What the whole room is to have in the end.
struct Total {
  int64_t on_hand = 0, reserved = 0;              // of an item
  int64_t transferred = 0, open = 0, actual = 0;  // of a budget
};

class Room {
 public:
  Room(const Staff& staff, const std::string& id) : staff_(staff), id_(id) {
    const e2e::Person& specialist = staff.grpc.specialist;
    specialist.Do("resource.CreateItemCategory", absl::Substitute("item_category_id: '$0' item_category { display_name: 'Gifts' }", id));
    for (int i = 0; i < kItems; ++i) {
      specialist.Do(
          "resource.CreateItem",
          absl::Substitute("item_id: '$0' item { display_name: 'Gift' category: 'itemCategories/$1' unit: 'piece' currency_code: 'TWD' "
                           "custodian: 'employees/specialist' }",
                           ItemId(i), id));
      items_[i].on_hand = 0;
      Receive(specialist, i, kPieces);
    }
    for (int i = 0; i < kBudgets; ++i) {
      specialist.Do("resource.CreateBudget",
                    absl::Substitute("budget_id: '$0' budget { display_name: 'Room' cost_center: 'operations' start_date $1 end_date $2 "
                                     "currency_code: 'TWD' requested_minor: $3 }",
                                     BudgetId(i), e2e::Date(e2e::Today() - 20), e2e::Date(e2e::Today() + 20), kMoney));
      staff.grpc.manager.Do("resource.ApproveBudget", absl::Substitute("name: 'budgets/$0'", BudgetId(i)));
    }
  }

  void Work(const e2e::Team& team, int client, Random& random) {
    std::vector<Own> mine;
    for (int step = 0; step < kSteps; ++step) Step(team, client, step, random, mine);
    const std::lock_guard lock(mutex_);
    for (const Own& own : mine) all_.push_back(own);
  }

  void Check() {
    for (const Own& own : all_) {
      Total &item = items_[own.item], &budget = budgets_[own.budget];
      item.on_hand -= own.issued;
      item.reserved += own.released ? 0 : own.goods - own.issued;
      budget.actual += own.spent;
      budget.open += own.released ? 0 : own.money - own.spent;
    }
    for (int i = 0; i < kItems; ++i) {
      const auto stock = Must<resource::v1::Stock>("resource.GetStock", absl::Substitute("name: 'items/$0/stock'", ItemId(i)));
      EXPECT_EQ(stock.on_hand(), items_[i].on_hand) << ItemId(i);
      EXPECT_EQ(stock.reserved(), items_[i].reserved) << ItemId(i);
    }
    for (int i = 0; i < kBudgets; ++i) {
      const auto budget = Must<resource::v1::Budget>("resource.GetBudget", absl::Substitute("name: 'budgets/$0'", BudgetId(i)));
      EXPECT_EQ(budget.actual_minor(), budgets_[i].actual) << BudgetId(i);
      EXPECT_EQ(budget.pre_committed_minor() + budget.committed_minor(), budgets_[i].open) << BudgetId(i);
      EXPECT_EQ(budget.transferred_minor(), budgets_[i].transferred) << BudgetId(i);
    }
    for (const Own& own : all_) CheckOne(own);
  }

 private:
  std::string ItemId(int i) const { return absl::StrCat(id_, "-gift-", i); }
  std::string BudgetId(int i) const { return absl::StrCat(id_, "-money-", i); }

  // One change by one client; `mine` is what it was told.
  void Step(const e2e::Team& team, int client, int step, Random& random, std::vector<Own>& mine) {
    const unsigned choice = random() % 10;
    if (choice == 0) return Receive(team.specialist, static_cast<int>(random() % kItems), 1 + static_cast<int64_t>(random() % 5));
    if (choice == 1) return Transfer(team, random);
    Own* const own = mine.empty() ? nullptr : &mine[random() % mine.size()];
    if (choice < 5 || own == nullptr || own->released) return Take(team, absl::StrCat(id_, "-", client, "-", step), random, mine);
    if (!own->confirmed) return random() % 4 == 0 ? Release(team, *own) : Confirm(team, *own);
    switch (random() % 5) {
      case 0:
        return Use(team, *own, random);
      case 1:
        return Reshape(team, *own, random);
      case 2:
        return Draw(team, absl::StrCat(id_, "-", client, "-", step), own - mine.data(), random, mine);
      case 3:
        return Use(team, *own, random);
      default:
        return Release(team, *own);
    }
  }

  void Take(const e2e::Team& team, const std::string& id, Random& random, std::vector<Own>& mine) {
    Own own;
    own.item = static_cast<int>(random() % kItems);
    own.budget = static_cast<int>(random() % kBudgets);
    own.goods = 1 + static_cast<int64_t>(random() % 6);
    own.money = 50 + static_cast<int64_t>(random() % 400);
    const auto taken =
        e2e::Ask<Allotment>(staff_.asker, team.specialist, "resource.CreateAllotment",
                            absl::Substitute("allotment_id: '$0' allotment { subject: 'projects/$1' $2 expire_time { seconds: $3 } }", id,
                                             id_, Parts(own), absl::ToUnixSeconds(absl::Now() + absl::Hours(20))));
    if (status::ReasonOf(taken.status()) == "ALLOTMENT_SHORT") return;
    if (!Well(taken.status())) return;
    own.name = taken->name();
    own.reservation = taken->reservation();
    own.encumbrance = taken->money(0).encumbrance();
    staff_.acknowledged->Note("resource", own.name, "create");
    mine.push_back(own);
  }

  std::string Parts(const Own& own) const {
    return absl::Substitute("materials { item: 'items/$0' quantity: $1 } money { code: 'a' budget: 'budgets/$2' amount_minor: $3 }",
                            ItemId(own.item), own.goods, BudgetId(own.budget), own.money);
  }

  void Confirm(const e2e::Team& team, Own& own) {
    if (!Well(e2e::Put(staff_.asker, team.specialist, "resource.ConfirmAllotment", absl::Substitute("name: '$0'", own.name)))) return;
    own.confirmed = true;
    staff_.acknowledged->Note("resource", own.name, "confirm");
  }

  void Release(const e2e::Team& team, Own& own) {
    const std::string request = absl::Substitute("name: '$0' reason: 'Not needed'", own.name);
    if (!Well(e2e::Put(staff_.asker, team.specialist, "resource.ReleaseAllotment", request))) return;
    own.released = true;
    staff_.acknowledged->Note("resource", own.name, "release");
  }

  // Some of what is left is issued, or comes back; some of the money is spent.
  void Use(const e2e::Team& team, Own& own, Random& random) {
    if (own.goods > own.issued) {
      const std::string request = absl::Substitute("name: '$0' lines { item: 'items/$1' quantity: 1 }", own.reservation, ItemId(own.item));
      if (Well(e2e::Put(staff_.asker, team.specialist, "resource.IssueReservation", request))) ++own.issued;
    }
    if (own.money > own.spent) {
      const int64_t amount = std::min<int64_t>(own.money - own.spent, 1 + static_cast<int64_t>(random() % 60));
      const std::string request = absl::Substitute("name: '$0' amount_minor: $1", own.encumbrance, amount);
      if (Well(e2e::Put(staff_.asker, team.specialist, "resource.RecordActual", request))) own.spent += amount;
    }
  }

  void Reshape(const e2e::Team& team, Own& own, Random& random) {
    // An encumbrance that is spent whole is settled for good.
    if (own.money == own.spent) return;
    Own wanted = own;
    wanted.goods = std::max<int64_t>(1, own.issued) + static_cast<int64_t>(random() % 5);
    wanted.money = own.spent + 1 + static_cast<int64_t>(random() % 300);
    const absl::Status changed = e2e::Put(
        staff_.asker, team.specialist, "resource.UpdateAllotment",
        absl::Substitute("allotment { name: '$0' $1 } update_mask { paths: 'materials' paths: 'money' }", own.name, Parts(wanted)));
    if (status::ReasonOf(changed) == "ALLOTMENT_SHORT") return;
    if (Well(changed)) own = wanted;
  }

  void Draw(const e2e::Team& team, const std::string& id, int64_t from, Random& random, std::vector<Own>& mine) {
    Own& source = mine[static_cast<size_t>(from)];
    const int64_t goods = source.goods - source.issued, money = source.money - source.spent;
    if (goods < 2 || money < 2) return;  // Something stays, so that the rest of the model need not know of empty ones.
    Own own = source;
    own.goods = 1 + static_cast<int64_t>(random() % static_cast<unsigned>(goods - 1));
    own.money = 1 + static_cast<int64_t>(random() % static_cast<unsigned>(money - 1));
    own.issued = own.spent = 0;
    const auto drawn = e2e::Ask<resource::v1::DrawAllotmentResponse>(
        staff_.asker, team.specialist, "resource.DrawAllotment",
        absl::Substitute(
            "name: '$0' subject: 'activities/$1' allotment_id: '$1' materials { item: 'items/$2' quantity: $3 } money { code: 'a' "
            "amount_minor: $4 }",
            source.name, id, ItemId(own.item), own.goods, own.money));
    if (!Well(drawn.status())) return;
    source.goods -= own.goods;
    source.money -= own.money;
    own.name = drawn->allotment().name();
    own.reservation = drawn->allotment().reservation();
    own.encumbrance = drawn->allotment().money(0).encumbrance();
    staff_.acknowledged->Note("resource", own.name, "draw_from");
    mine.push_back(own);
  }

  void Receive(const e2e::Person& who, int item, int64_t quantity) {
    const auto received = e2e::Ask<resource::v1::GoodsReceipt>(
        staff_.asker, who, "resource.CreateGoodsReceipt",
        absl::Substitute("goods_receipt { supplier: 'Printer' receive_date $0 lines { item: 'items/$1' quantity: $2 unit_cost_minor: 7 } }",
                         e2e::Date(e2e::Today()), ItemId(item), quantity));
    if (!Well(received.status())) return;
    staff_.acknowledged->Note("resource", received->name(), "create");
    const std::lock_guard lock(mutex_);
    items_[item].on_hand += quantity;
  }

  void Transfer(const e2e::Team& team, Random& random) {
    const int source = static_cast<int>(random() % kBudgets), target = (source + 1) % kBudgets;
    const int64_t amount = 1 + static_cast<int64_t>(random() % 50);
    const absl::Status moved = e2e::Put(staff_.asker, team.manager, "resource.TransferBudget",
                                        absl::Substitute("name: 'budgets/$0' target: 'budgets/$1' amount_minor: $2 reason: 'It goes there'",
                                                         BudgetId(source), BudgetId(target), amount));
    if (status::ReasonOf(moved) == "BUDGET_SHORT") return;
    if (!Well(moved)) return;
    const std::lock_guard lock(mutex_);
    budgets_[source].transferred -= amount;
    budgets_[target].transferred += amount;
  }

  void CheckOne(const Own& own) const {
    SCOPED_TRACE(own.name);
    const auto kept = Must<Allotment>("resource.GetAllotment", absl::Substitute("name: '$0'", own.name));
    EXPECT_EQ(kept.state(), own.released ? Allotment::STATE_RELEASED : own.confirmed ? Allotment::STATE_CONFIRMED : Allotment::STATE_HELD);
    const auto reservation = Must<resource::v1::Reservation>("resource.GetReservation", absl::Substitute("name: '$0'", own.reservation));
    ASSERT_EQ(reservation.lines_size(), 1);
    const auto& line = reservation.lines(0);
    EXPECT_EQ(line.issued_quantity(), own.issued);
    EXPECT_EQ(line.quantity() - line.released_quantity(), own.released ? own.issued : own.goods);
    const auto money = Must<resource::v1::Encumbrance>("resource.GetEncumbrance", absl::Substitute("name: '$0'", own.encumbrance));
    EXPECT_EQ(money.actual_minor(), own.spent);
    EXPECT_EQ(money.pre_committed_minor() + money.committed_minor(), own.released ? 0 : own.money - own.spent);
  }

  template <typename Response>
  Response Must(const std::string& method, const std::string& request) const {
    const auto response = e2e::Ask<Response>(staff_.asker, staff_.grpc.manager, method, request);
    EXPECT_TRUE(response.ok()) << method << ": " << response.status();
    return response.ok() ? *response : Response();
  }
  bool Well(const absl::Status& status) const {
    EXPECT_TRUE(status.ok()) << id_ << ": " << status;
    return status.ok();
  }

  const Staff& staff_;
  const std::string id_;
  std::mutex mutex_;
  std::vector<Own> all_;
  std::map<int, Total> items_, budgets_;
};

class StockroomChapter final : public Chapter {
 public:
  explicit StockroomChapter(const Staff& staff) : staff_(staff) {}

  void Prepare(int round, Random&) override { room_ = std::make_unique<Room>(staff_, absl::StrCat("room-", staff_.run, "-", round)); }
  std::vector<std::function<void(Random&)>> Clients() override {
    std::vector<std::function<void(Random&)>> clients;
    for (int i = 0; i < kClients; ++i) {
      clients.emplace_back([this, i](Random& random) { room_->Work(i % 2 == 0 ? staff_.grpc : staff_.http, i, random); });
    }
    return clients;
  }
  void Check() override { room_->Check(); }

 private:
  const Staff& staff_;
  std::unique_ptr<Room> room_;
};

}  // namespace

std::unique_ptr<Chapter> Stockroom(const Staff& staff) { return std::make_unique<StockroomChapter>(staff); }

}  // namespace heitie::fault
