// Papers of all kinds by several clients against a model that knows neither ledgers nor papers, but only places, purses and what each paper
// moves: receipts, reservations, issues, returns, transfers, write-offs and counts of goods; allotments; pre-commitments, commitments,
// payments and transfers of money; requisitions, orders, deliveries and invoices; claims. While one acts at a time the model tells who is
// refused; while all act at once it tells what the papers that were done add up to, and that whoever holds something gets it. After every
// prefix of the ledgers, which are added up here anew, 0 <= reserved <= on hand at each place and of each item (policy W7), no more was
// issued than was reserved, and every budget at every level has taken no more than it may (W8).
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/text/markdown.h"
#include "heitie/resource/v1/allotment.pb.h"
#include "heitie/resource/v1/cost_center.pb.h"
#include "heitie/resource/v1/expense_claim.pb.h"
#include "heitie/resource/v1/stock_count.pb.h"
#include "heitie/resource/v1/stock_issue.pb.h"
#include "heitie/resource/v1/stock_transfer.pb.h"
#include "heitie/resource/v1/write_off.pb.h"
#include "services/resource/purchase/purchase_test.h"

namespace heitie::resource {
namespace {

class ModelTest : public PurchaseTest {
 protected:
  struct Place {
    int64_t on_hand = 0, reserved = 0;
    int64_t free() const { return on_hand - reserved; }
    bool operator==(const Place& other) const { return on_hand == other.on_hand && reserved == other.reserved; }
  };
  // What was booked in a budget or below it.
  struct Purse {
    std::string above;
    int64_t limit = 0, transferred = 0, pre = 0, committed = 0, actual = 0;
    int64_t free() const { return limit + transferred - pre - committed - actual; }
  };
  struct Held {
    std::string name, item, location;
    int64_t left = 0, issued = 0;
    bool confirmed = false;
  };
  struct Taken {
    std::string name, budget;
    int64_t pre = 0, committed = 0;
  };
  struct Granted {
    std::string name, item, budget;
    int64_t quantity = 0, amount = 0;
    bool confirmed = false;
  };
  struct Bought {
    std::string id, item;
    int64_t units = 0, price = 0, accepted = 0;
    int stage = 0;
    int64_t all() const { return units * price; }
    int64_t good() const { return accepted * price; }
  };
  struct Claimed {
    std::string id;
    int64_t amount = 0;
    int stage = 0;
  };
  struct Client {
    explicit Client(std::string client) : id(std::move(client)) {}
    std::string id;
    std::mt19937 random;
    int next = 0;
    std::vector<Held> held = {};
    std::vector<Taken> taken = {};
    std::vector<Granted> granted = {};
    std::vector<Bought> bought = {};
    std::vector<Claimed> claimed = {};

    int64_t Upto(int64_t most) { return 1 + static_cast<int64_t>(random() % static_cast<uint64_t>(most)); }
    std::string OneOf(const std::vector<std::string>& texts) { return texts[random() % texts.size()]; }
    std::string NewId() { return absl::StrCat(id, "-", next++); }
    template <typename T>
    T* Any(std::vector<T>& papers) {
      return papers.empty() ? nullptr : &papers[random() % papers.size()];
    }
  };

  ModelTest() {
    HaveItem("tea");
    EXPECT_THAT(Call<v1::Item>("UpdateItem", Specialist(),
                               Proto<v1::UpdateItemRequest>(
                                   "item { name: 'items/tea' rules { tracking: TRACKING_LOT } } update_mask { paths: 'rules' }")),
                IsOk());
    EXPECT_THAT(
        Call<v1::Location>("CreateLocation", Specialist(),
                           Proto<v1::CreateLocationRequest>("location_id: 'hall' location { display_name: 'Hall' kind: KIND_EVENT_SITE }")),
        IsOk());
    for (const char* account : {"6120", "taxi", "fair"}) {
      EXPECT_THAT(Call<v1::ExpenseAccount>("CreateExpenseAccount", Specialist(),
                                           Proto<v1::CreateExpenseAccountRequest>(absl::StrCat(
                                               "expense_account_id: '", account, "' expense_account { display_name: 'An account' }"))),
                  IsOk());
    }
    // The purses are small, so that there is often too little at one level or another.
    HavePurse("year", 9000, "", "");
    HavePurse("half", 6000, "year", "");
    HavePurse("gifts", 5000, "half", "6120");
    HavePurse("travel", 2500, "half", "taxi");
    HavePurse("fairs", 4000, "year", "fair");
  }
  void HavePurse(const std::string& id, int64_t limit, const std::string& above, const std::string& account) {
    auto request = Proto<v1::CreateBudgetRequest>(R"pb(
      budget {
        display_name: "x"
        cost_center: "operations"
        currency_code: "TWD"
        start_date { year: 2026 month: 1 day: 1 }
        end_date { year: 2026 month: 3 day: 31 }
      }
    )pb");
    request.set_budget_id(id);
    request.mutable_budget()->set_requested_minor(limit);
    request.mutable_budget()->set_expense_account(account);
    if (!above.empty()) request.mutable_budget()->set_parent_budget("budgets/" + above);
    EXPECT_THAT(Call<v1::Budget>("CreateBudget", Specialist(), request), IsOk());
    EXPECT_THAT(Approve("budgets/" + id), IsOk());
    purses_[id].above = above;
    purses_[id].limit = limit;
  }

  // ---- The model

  int64_t Free(const std::string& item, const std::string& location) {
    const std::lock_guard lock(mutex_);
    return places_[{item, location}].free();
  }
  // The least that is available from the purse up to, and without, `end`.
  int64_t FreeIn(const std::string& purse, const std::string& end = "") {
    const std::lock_guard lock(mutex_);
    int64_t least = INT64_MAX;
    for (std::string at = purse; at != end; at = purses_.at(at).above) least = std::min(least, purses_.at(at).free());
    return least;
  }
  void Move(const std::string& item, const std::string& location, int64_t on_hand, int64_t reserved) {
    const std::lock_guard lock(mutex_);
    Place& place = places_[{item, location}];
    place.on_hand += on_hand;
    place.reserved += reserved;
  }
  void Book(const std::string& purse, int64_t pre, int64_t committed, int64_t actual) {
    const std::lock_guard lock(mutex_);
    for (std::string at = purse; !at.empty(); at = purses_.at(at).above) {
      purses_.at(at).pre += pre;
      purses_.at(at).committed += committed;
      purses_.at(at).actual += actual;
    }
  }

  // Whether it was done. It was refused for no other reason; and while one acts at a time, exactly when there was not enough.
  bool Done(const absl::Status& status, bool enough, const char* reason) {
    const std::lock_guard lock(mutex_);
    (status.ok() ? done_[deed_] : refused_[deed_])++;
    if (!status.ok()) EXPECT_EQ(status::ReasonOf(status), reason) << status;
    if (alone_) EXPECT_EQ(status.ok(), enough) << status << " " << reason;
    return status.ok();
  }
  // What one has a right to is done whatever the others do.
  bool Done(const absl::Status& status) { return Done(status, true, "nothing stands in the way"); }

  // ---- Goods

  void ReceiveSome(Client& client) {
    const std::string item = client.OneOf({"mug", "pen", "tea"}), location = client.OneOf({"main", "hall"});
    const int64_t quantity = client.Upto(12);
    const auto received =
        Call<v1::GoodsReceipt>("CreateGoodsReceipt", Specialist(),
                               Proto<v1::CreateGoodsReceiptRequest>(absl::StrCat(
                                   "goods_receipt { supplier: 's' receive_date { year: 2026 month: 1 day: 1 } lines { item: 'items/", item,
                                   "' quantity: ", quantity, " cost_minor: ", quantity * 10 + client.Upto(9), " location: 'locations/",
                                   location, "' ", item == "tea" ? absl::StrCat("lot_code: '", client.NewId(), "' ") : "", "} }")));
    if (Done(received.status())) Move(item, location, quantity, 0);
  }
  void ReserveSome(Client& client) {
    Held held{"", client.OneOf({"mug", "pen", "tea"}), client.OneOf({"main", "hall"}), client.Upto(8)};
    const bool enough = Free(held.item, held.location) >= held.left;
    auto request = Wanted(client.NewId(), {Of("items/" + held.item, held.left)});
    request.mutable_reservation()->mutable_lines(0)->set_location("locations/" + held.location);
    const auto reserved = Call<v1::Reservation>("CreateReservation", Specialist(), request);
    if (!Done(reserved.status(), enough, "STOCK_SHORT")) return;
    Move(held.item, held.location, 0, held.left);
    held.name = reserved->name();
    client.held.push_back(held);
  }
  void IssueSome(Client& client) {
    Held* held = client.Any(client.held);
    if (held == nullptr || held->left == 0) return;
    if (!held->confirmed && !Done(Confirm(held->name).status())) return;
    held->confirmed = true;
    const int64_t quantity = client.Upto(held->left);
    if (!Done(Issue(held->name, {Of("items/" + held->item, quantity)}).status())) return;
    Move(held->item, held->location, -quantity, -quantity);
    held->left -= quantity;
    held->issued += quantity;
  }
  void ReturnSome(Client& client) {
    Held* held = client.Any(client.held);
    if (held == nullptr || held->issued == 0 || held->left == 0) return;
    const int64_t quantity = client.Upto(held->issued);
    if (!Done(Return(held->name, {Of("items/" + held->item, quantity)}).status())) return;
    Move(held->item, held->location, quantity, 0);
    held->issued -= quantity;
  }
  void LetGo(Client& client) {
    Held* held = client.Any(client.held);
    if (held == nullptr) return;
    if (held->left > 0) {
      if (!Done(ReleaseReservation(held->name).status())) return;
      Move(held->item, held->location, 0, -held->left);
    }
    *held = client.held.back();
    client.held.pop_back();
  }
  void IssueAtOnce(Client& client) {
    const std::string item = client.OneOf({"mug", "pen"}), location = client.OneOf({"main", "hall"});
    const int64_t quantity = client.Upto(4);
    const bool enough = Free(item, location) >= quantity;
    const auto issued = Call<v1::IssueStockResponse>(
        "IssueStock", Specialist(),
        Proto<v1::IssueStockRequest>(absl::StrCat("subject: 'activities/fair' lines { item: 'items/", item, "' quantity: ", quantity,
                                                  " location: 'locations/", location, "' }")));
    if (Done(issued.status(), enough, "STOCK_SHORT")) Move(item, location, -quantity, 0);
  }
  void Carry(Client& client) {
    const std::string item = client.OneOf({"mug", "pen"});
    const bool out = client.random() % 2 == 0;
    const std::string from = out ? "main" : "hall", to = out ? "hall" : "main";
    const int64_t quantity = client.Upto(8);
    const bool enough = Free(item, from) >= quantity;
    const auto moved =
        Call<v1::StockTransfer>("CreateStockTransfer", Specialist(),
                                Proto<v1::CreateStockTransferRequest>(absl::StrCat(
                                    "stock_transfer { from_location: 'locations/", from, "' to_location: 'locations/", to,
                                    "' lines { item: 'items/", item, "' quantity: ", quantity, " } reason: 'needed there' }")));
    if (!Done(moved.status(), enough, "STOCK_SHORT")) return;
    Move(item, from, -quantity, 0);
    Move(item, to, quantity, 0);
  }
  void WriteOffSome(Client& client) {
    const std::string item = client.OneOf({"mug", "pen"}), location = client.OneOf({"main", "hall"});
    const int64_t quantity = client.Upto(3);
    const bool enough = Free(item, location) >= quantity;
    const auto gone = Call<v1::WriteOff>(
        "CreateWriteOff", Specialist(),
        Proto<v1::CreateWriteOffRequest>(absl::StrCat("write_off { cause: CAUSE_DAMAGED reason: 'it fell' location: 'locations/", location,
                                                      "' lines { item: 'items/", item, "' quantity: ", quantity, " } }")));
    if (!Done(gone.status(), enough, "STOCK_SHORT")) return;
    EXPECT_EQ(gone->state(), v1::WriteOff::STATE_BOOKED) << "it is worth little";
    Move(item, location, -quantity, 0);
  }
  // Finds some more or less than the model has there. Others may move goods meanwhile, which is no difference.
  void CountSome(Client& client) {
    const std::string item = client.OneOf({"mug", "pen"}), location = client.OneOf({"main", "hall"});
    Place place;
    {
      const std::lock_guard lock(mutex_);
      place = places_[{item, location}];
    }
    const int64_t found = std::max<int64_t>(0, place.on_hand + client.Upto(5) - 3);
    const std::string id = client.NewId();
    ASSERT_THAT(Call<v1::StockCount>(
                    "CreateStockCount", Specialist(),
                    Proto<v1::CreateStockCountRequest>(absl::StrCat("stock_count_id: '", id, "' stock_count { location: 'locations/",
                                                                    location, "' items: 'items/", item, "' }"))),
                IsOk());
    ASSERT_THAT(Call<v1::StockCount>("RecordStockCount", Specialist(),
                                     Proto<v1::RecordStockCountRequest>(absl::StrCat("name: 'stockCounts/", id, "' found { item: 'items/",
                                                                                     item, "' quantity: ", found, " }"))),
                IsOk());
    const auto posted = Call<v1::StockCount>(
        "PostStockCount", Manager(), Proto<v1::PostStockCountRequest>(absl::StrCat("name: 'stockCounts/", id, "' reason: 'a look'")));
    const bool stale = !alone_ && status::ReasonOf(posted.status()) == "COUNT_STALE";
    if (!Done(posted.status(), found >= place.reserved, stale ? "COUNT_STALE" : "COUNT_BREAKS_PROMISES")) return;
    const int64_t difference = posted->lines(0).difference();
    if (alone_) EXPECT_EQ(difference, found - place.on_hand);
    Move(item, location, difference, 0);
  }

  // ---- Money

  void TakeMoney(Client& client) {
    Taken taken{"", client.OneOf({"fairs", "travel", "gifts", "half"}), client.Upto(700)};
    const bool enough = FreeIn(taken.budget) >= taken.pre;
    const auto made = PreCommit(client.NewId(), "budgets/" + taken.budget, taken.pre);
    if (!Done(made.status(), enough, "BUDGET_SHORT")) return;
    Book(taken.budget, taken.pre, 0, 0);
    taken.name = made->name();
    client.taken.push_back(taken);
  }
  void CommitMoney(Client& client) {
    Taken* taken = client.Any(client.taken);
    if (taken == nullptr || taken->pre == 0) return;
    const int64_t amount = client.Upto(taken->pre);
    if (!Done(Commit(taken->name, amount).status())) return;
    Book(taken->budget, -amount, amount, 0);
    taken->pre -= amount;
    taken->committed += amount;
  }
  void PayMoney(Client& client) {
    Taken* taken = client.Any(client.taken);
    if (taken == nullptr || taken->committed == 0) return;
    const int64_t amount = client.Upto(taken->committed);
    if (!Done(RecordActual(taken->name, amount).status())) return;
    Book(taken->budget, 0, -amount, amount);
    taken->committed -= amount;
  }
  void GiveMoneyBack(Client& client) {
    Taken* taken = client.Any(client.taken);
    if (taken == nullptr) return;
    if (taken->pre + taken->committed > 0) {
      if (!Done(ReleaseEncumbrance(taken->name).status())) return;
      Book(taken->budget, -taken->pre, -taken->committed, 0);
    }
    *taken = client.taken.back();
    client.taken.pop_back();
  }
  void ShiftMoney(Client& client) {
    // Below the lowest budget above both.
    static const std::vector<std::vector<std::string>> kPairs = {{"gifts", "travel", "half"},
                                                                 {"travel", "gifts", "half"},
                                                                 {"half", "fairs", "year"},
                                                                 {"fairs", "gifts", "year"},
                                                                 {"gifts", "fairs", "year"}};
    const std::vector<std::string>& pair = kPairs[client.random() % kPairs.size()];
    const int64_t amount = client.Upto(400);
    const bool enough = FreeIn(pair[0], pair[2]) >= amount;
    if (!Done(Transfer("budgets/" + pair[0], "budgets/" + pair[1], amount).status(), enough, "BUDGET_SHORT")) return;
    const std::lock_guard lock(mutex_);
    for (std::string at = pair[0]; at != pair[2]; at = purses_.at(at).above) purses_.at(at).transferred -= amount;
    for (std::string at = pair[1]; at != pair[2]; at = purses_.at(at).above) purses_.at(at).transferred += amount;
  }

  // ---- Both

  void AllotSome(Client& client) {
    Granted granted{"", client.OneOf({"mug", "pen"}), client.OneOf({"fairs", "travel"}), client.Upto(6), client.Upto(500)};
    const bool enough = Free(granted.item, "main") >= granted.quantity && FreeIn(granted.budget) >= granted.amount;
    auto request = Proto<v1::CreateAllotmentRequest>(absl::StrCat(
        "allotment_id: '", client.NewId(), "' allotment { subject: 'projects/p' materials { item: 'items/", granted.item, "' quantity: ",
        granted.quantity, " } money { code: 'a' budget: 'budgets/", granted.budget, "' amount_minor: ", granted.amount, " } }"));
    request.mutable_allotment()->mutable_expire_time()->set_seconds(absl::ToUnixSeconds(clock_.Now()) + 3600);
    const auto made = Call<v1::Allotment>("CreateAllotment", Specialist(), request);
    if (!Done(made.status(), enough, "ALLOTMENT_SHORT")) return;
    Move(granted.item, "main", 0, granted.quantity);
    Book(granted.budget, granted.amount, 0, 0);
    granted.name = made->name();
    client.granted.push_back(granted);
  }
  void GoOnAllotting(Client& client) {
    Granted* granted = client.Any(client.granted);
    if (granted == nullptr) return;
    if (!granted->confirmed && client.random() % 2 == 0) {
      if (!Done(Do<v1::Allotment, v1::ConfirmAllotmentRequest>("ConfirmAllotment", granted->name, Specialist()).status())) return;
      Book(granted->budget, -granted->amount, granted->amount, 0);
      granted->confirmed = true;
      return;
    }
    if (!Done(Call<v1::Allotment>("ReleaseAllotment", Specialist(),
                                  Proto<v1::ReleaseAllotmentRequest>(absl::StrCat("name: '", granted->name, "' reason: 'off'")))
                  .status())) {
      return;
    }
    Move(granted->item, "main", 0, -granted->quantity);
    Book(granted->budget, granted->confirmed ? 0 : -granted->amount, granted->confirmed ? -granted->amount : 0, 0);
    *granted = client.granted.back();
    client.granted.pop_back();
  }

  // ---- Purchases, paid by the budget of their account: each step of a paper follows when its client comes to it.

  void Require(Client& client) {
    Bought bought{client.NewId(), client.OneOf({"mug", "pen"}), client.Upto(6), 10 * client.Upto(20)};
    ASSERT_THAT(Drafted(client.id, bought.id, Asks(bought.item, bought.units, bought.all())), IsOk());
    const bool enough = FreeIn("gifts") >= bought.all();
    if (!Done(Submitted(client.id, bought.id).status(), enough, "BUDGET_SHORT")) return;
    Book("gifts", bought.all(), 0, 0);
    client.bought.push_back(bought);
  }
  void GoOnBuying(Client& client) {
    Bought* bought = client.Any(client.bought);
    if (bought == nullptr) return;
    const std::string& id = bought->id;
    switch (bought->stage++) {
      case 0:
        Done(Approved(id).status());
        return;
      case 1:
        if (Done(Ordered(id, Orders(bought->item, bought->units, bought->all(), Part(id, 1, bought->units))).status())) {
          Book("gifts", -bought->all(), bought->all(), 0);
        }
        return;
      case 2:
        Done(Delivered(id, id, 1, bought->units).status());
        return;
      case 3:
        bought->accepted = client.random() % 3 == 0 ? client.Upto(bought->units) : bought->units;
        if (Done(Inspected(id, bought->accepted, bought->units - bought->accepted).status()))
          Move(bought->item, "main", bought->accepted, 0);
        return;
      case 4:
        if (Done(Invoiced(id, Bills(id, 1, bought->accepted, bought->good())).status())) Book("gifts", 0, -bought->good(), bought->good());
        return;
      default:
        if (bought->accepted < bought->units) {
          const std::string parts = absl::StrCat("parts { line: 1 quantity: ", bought->units - bought->accepted, " }");
          if (Done(ShortClosed(id, parts, false).status())) Book("gifts", 0, bought->good() - bought->all(), 0);
        }
        *bought = client.bought.back();
        client.bought.pop_back();
    }
  }
  void ClaimSome(Client& client) {
    Claimed claimed{client.NewId(), client.Upto(300)};
    ASSERT_THAT(Call<v1::ExpenseClaim>("CreateExpenseClaim", As(client.id),
                                       Proto<v1::CreateExpenseClaimRequest>(absl::StrCat(
                                           "expense_claim_id: '", claimed.id,
                                           "' expense_claim { purpose: 'A visit' cost_center: 'operations' lines { date { year: "
                                           "2026 month: 1 day: 1 } expense_account: 'taxi' amount_minor: ",
                                           claimed.amount, " currency_code: 'TWD' receipt { vendor: '", claimed.id, "' number: '",
                                           claimed.id, "' date { year: 2026 month: 1 day: 1 } total_minor: ", claimed.amount,
                                           " file_sha256: '", text::Sha256Hex(claimed.id), "' } } }"))),
                IsOk());
    const bool enough = FreeIn("travel") >= claimed.amount;
    const auto submitted =
        Do<v1::ExpenseClaim, v1::SubmitExpenseClaimRequest>("SubmitExpenseClaim", "expenseClaims/" + claimed.id, As(client.id));
    if (!Done(submitted.status(), enough, "BUDGET_SHORT")) return;
    Book("travel", claimed.amount, 0, 0);
    client.claimed.push_back(claimed);
  }
  void GoOnClaiming(Client& client) {
    Claimed* claimed = client.Any(client.claimed);
    if (claimed == nullptr) return;
    const std::string name = "'expenseClaims/" + claimed->id + "'";
    if (claimed->stage++ == 0) {
      if (client.random() % 3 > 0) {
        if (Done(Call<v1::ExpenseClaim>("ApproveExpenseClaim", Manager(), Proto<v1::ApproveExpenseClaimRequest>("name: " + name))
                     .status())) {
          Book("travel", -claimed->amount, claimed->amount, 0);
        }
        return;
      }
      if (Done(Call<v1::ExpenseClaim>("RejectExpenseClaim", Manager(),
                                      Proto<v1::RejectExpenseClaimRequest>(absl::StrCat("name: ", name, " reason: 'private'")))
                   .status())) {
        Book("travel", -claimed->amount, 0, 0);
      }
    } else if (Done(Call<v1::ExpenseClaim>("PayExpenseClaim", Manager(),
                                           Proto<v1::PayExpenseClaimRequest>(absl::StrCat("name: ", name, " payment_reference: 'T'")))
                        .status())) {
      Book("travel", 0, -claimed->amount, claimed->amount);
    }
    *claimed = client.claimed.back();
    client.claimed.pop_back();
  }

  using Deed = std::pair<const char*, void (ModelTest::*)(Client&)>;
  // Those of which more are needed come more often.
  static const std::vector<Deed>& Deeds() {
    static const auto& deeds = *new std::vector<Deed>{
        {"receipt", &ModelTest::ReceiveSome},
        {"receipt", &ModelTest::ReceiveSome},
        {"reservation", &ModelTest::ReserveSome},
        {"reservation", &ModelTest::ReserveSome},
        {"issue", &ModelTest::IssueSome},
        {"issue", &ModelTest::IssueSome},
        {"return", &ModelTest::ReturnSome},
        {"return", &ModelTest::ReturnSome},
        {"release", &ModelTest::LetGo},
        {"issue at once", &ModelTest::IssueAtOnce},
        {"transfer", &ModelTest::Carry},
        {"write-off", &ModelTest::WriteOffSome},
        {"count", &ModelTest::CountSome},
        {"pre-commitment", &ModelTest::TakeMoney},
        {"pre-commitment", &ModelTest::TakeMoney},
        {"commitment", &ModelTest::CommitMoney},
        {"payment", &ModelTest::PayMoney},
        {"money back", &ModelTest::GiveMoneyBack},
        {"budget transfer", &ModelTest::ShiftMoney},
        {"allotment", &ModelTest::AllotSome},
        {"allotted", &ModelTest::GoOnAllotting},
        {"requisition", &ModelTest::Require},
        {"purchase", &ModelTest::GoOnBuying},
        {"purchase", &ModelTest::GoOnBuying},
        {"purchase", &ModelTest::GoOnBuying},
        {"purchase", &ModelTest::GoOnBuying},
        {"claim", &ModelTest::ClaimSome},
        {"claimed", &ModelTest::GoOnClaiming},
        {"claimed", &ModelTest::GoOnClaiming},
    };
    return deeds;
  }
  void Act(Client& client) {
    const Deed& deed = Deeds()[client.random() % Deeds().size()];
    deed_ = deed.first;
    (this->*deed.second)(client);
  }
  // Of what needs something that is short somebody was refused as well.
  void ExpectAllWasTried() {
    for (const Deed& deed : Deeds()) EXPECT_GT(done_[deed.first], 0) << deed.first;
    for (const char* deed : {"reservation", "issue at once", "transfer", "write-off", "pre-commitment", "budget transfer", "allotment",
                             "requisition", "claim"}) {
      EXPECT_GT(refused_[deed], 0) << deed;
    }
  }

  // ---- What the service has

  void Query(const std::string& sql, const std::function<void(const sql::Row&)>& row) {
    EXPECT_THAT(store_.Read(Specialist(), [&](sql::Session& session) { return session.Query(sql, {}, row); }), IsOk());
  }
  static std::string IdOfName(const std::string& name) { return name.substr(name.find('/') + 1); }

  // The balances are what the papers add up to.
  void ExpectBalances() {
    std::map<std::pair<std::string, std::string>, Place> stored;
    for (const char* item : {"mug", "pen", "tea"}) {
      const v1::Stock stock = StockOf(absl::StrCat("items/", item));
      stored[{item, "main"}] = {stock.on_hand(), stock.reserved()};
    }
    Query("SELECT item, location, on_hand, reserved FROM stock_balances WHERE lot = '' AND location <> 'locations/main'",
          [&](const sql::Row& row) {
            const std::string item = IdOfName(row.Text(0));
            stored[{item, IdOfName(row.Text(1))}] = {row.Int(2), row.Int(3)};
            stored[{item, "main"}].on_hand -= row.Int(2);
            stored[{item, "main"}].reserved -= row.Int(3);
          });
    for (const auto& [where, place] : stored) {
      EXPECT_EQ(place, places_[where]) << where.first << " at " << where.second << ": " << place.on_hand << " on hand and "
                                       << place.reserved << " reserved, not " << places_[where].on_hand << " and "
                                       << places_[where].reserved;
    }
    for (const auto& [id, purse] : purses_) {
      const v1::Budget budget = BudgetOf("budgets/" + id);
      EXPECT_EQ(budget.pre_committed_minor(), purse.pre) << id;
      EXPECT_EQ(budget.committed_minor(), purse.committed) << id;
      EXPECT_EQ(budget.actual_minor(), purse.actual) << id;
      EXPECT_EQ(budget.transferred_minor(), purse.transferred) << id;
      EXPECT_EQ(budget.available_minor(), purse.free()) << id;
    }
  }

  // W7 and W8 at every prefix of every ledger.
  void ExpectPrefixes() {
    std::map<std::string, Place> at;           // item, and item and location
    std::map<std::string, int64_t> reserved;   // of each reservation
    std::map<std::string, int64_t> sequences;  // without gaps
    int entries = 0;
    Query("SELECT item, location, on_hand_delta, reserved_delta, reservation, kind, sequence FROM stock_entries ORDER BY item, sequence",
          [&](const sql::Row& row) {
            ++entries;
            const std::string where = row.Text(1).empty() ? "locations/main" : row.Text(1);
            for (const std::string& key : {row.Text(0), absl::StrCat(row.Text(0), " at ", where)}) {
              Place& place = at[key];
              place.on_hand += row.Int(2);
              place.reserved += row.Int(3);
              EXPECT_TRUE(0 <= place.reserved && place.reserved <= place.on_hand)
                  << key << " after entry " << row.Int(6) << ": " << place.on_hand << " on hand, " << place.reserved << " reserved";
            }
            if (!row.Text(4).empty()) {
              EXPECT_GE(reserved[row.Text(4)] += row.Int(3), 0) << row.Text(4) << " gave more than it had at entry " << row.Int(6);
            }
            EXPECT_EQ(row.Int(6), ++sequences[row.Text(0)]);
          });
    std::map<std::string, Purse> levels;
    std::map<std::string, int64_t> transfers;
    Query(
        "SELECT budget, approved_delta_minor, transferred_delta_minor, held_delta_minor, pre_committed_delta_minor, committed_delta_minor, "
        "actual_delta_minor, transfer_id, origin, sequence FROM budget_entries ORDER BY budget, sequence",
        [&](const sql::Row& row) {
          ++entries;
          Purse& purse = levels[row.Text(0)];
          purse.limit += row.Int(1) - row.Int(3);
          purse.transferred += row.Int(2);
          purse.pre += row.Int(4);
          purse.committed += row.Int(5);
          purse.actual += row.Int(6);
          EXPECT_TRUE(purse.free() >= 0 && purse.pre >= 0 && purse.committed >= 0 && purse.actual >= 0)
              << row.Text(0) << " after entry " << row.Int(9) << ": " << purse.free() << " is available";
          if (row.Text(8).empty()) transfers[row.Text(7)] += row.Int(2);
          EXPECT_EQ(row.Int(9), ++sequences[row.Text(0)]);
        });
    for (const auto& [id, sum] : transfers) EXPECT_EQ(sum, 0) << "transfer " << id;
    EXPECT_GT(entries, 200) << "too little was done";
  }

  std::mutex mutex_;
  bool alone_ = true;
  std::map<std::pair<std::string, std::string>, Place> places_;
  std::map<std::string, Purse> purses_;
  static thread_local const char* deed_;
  std::map<std::string, int> done_, refused_;
};

thread_local const char* ModelTest::deed_ = "";

TEST_F(ModelTest, OneAtATimeEverybodyGetsWhatTheModelSays) {
  std::vector<Client> clients = {Client("li"), Client("wu"), Client("ho"), Client("su")};
  for (size_t i = 0; i < clients.size(); ++i) clients[i].random.seed(static_cast<unsigned>(41 + i));
  std::mt19937 random(17);
  for (int step = 0; step < 900; ++step) {
    Act(clients[random() % clients.size()]);
    if (step % 60 == 59) ExpectBalances();
    ASSERT_FALSE(HasFailure()) << "step " << step;
  }
  ExpectAllWasTried();
  ExpectBalances();
  ExpectPrefixes();
  ExpectSound();
}

TEST_F(ModelTest, AllAtOnceTheBooksAreWhatThePapersAddUpTo) {
  alone_ = false;
  std::vector<Client> clients;
  for (const char* id : {"li", "wu", "ho", "su", "an", "bo"}) clients.emplace_back(id);
  std::vector<std::thread> threads;
  for (size_t i = 0; i < clients.size(); ++i) {
    clients[i].random.seed(static_cast<unsigned>(71 + i));
    threads.emplace_back([this, &client = clients[i]] {
      for (int step = 0; step < 150; ++step) Act(client);
    });
  }
  for (std::thread& thread : threads) thread.join();
  ExpectAllWasTried();
  ExpectBalances();
  ExpectPrefixes();
  ExpectSound();
}

}  // namespace
}  // namespace heitie::resource
