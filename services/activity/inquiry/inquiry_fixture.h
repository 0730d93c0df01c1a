// A service at ten on a working day, with categories, the people of each, and customers who write.
#ifndef HEITIE_SERVICES_ACTIVITY_INQUIRY_INQUIRY_FIXTURE_H_
#define HEITIE_SERVICES_ACTIVITY_INQUIRY_INQUIRY_FIXTURE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "heitie/activity/v1/inquiry.pb.h"
#include "heitie/activity/v1/inquiry_category.pb.h"
#include "heitie/activity/v1/service_clock.pb.h"
#include "services/activity/preparation/activity_fixture.h"

namespace heitie::activity {

class InquiryFixture : public ActivityTest {
 protected:
  InquiryFixture() {
    // Thursday, 10:00 in Taipei. The calendar opens 09:00-12:00 and 13:00-18:00, Monday to Friday.
    clock_.Advance(absl::Hours(2));
    auto create = test::Proto<v1::CreateInquiryCategoryTreeRequest>(R"pb(
      inquiry_category_tree {
        reason: "Payment has people of its own"
        categories { path: "payment" display_name: "Payment" group: "employees/a" group: "employees/b" }
        categories { path: "payment/refund" display_name: "Refunds" }
        categories { path: "payment/old" display_name: "Old" closed: true }
        categories { path: "other" display_name: "Other" }
        calendar: "calendars/default"
        remind_after { seconds: 28800 }
        close_after { seconds: 57600 }
      }
      inquiry_category_tree_id: "second")pb");
    EXPECT_THAT(Call<v1::InquiryCategoryTree>("CreateInquiryCategoryTree", Manager(), create), test::IsOk());
    EXPECT_THAT(Call<v1::InquiryCategoryTree>("PublishInquiryCategoryTree", Manager(),
                                              Named<v1::PublishInquiryCategoryTreeRequest>("inquiryCategoryTrees/second")),
                test::IsOk());
    clock_.Advance(absl::Milliseconds(1));
  }

  template <typename Request>
  static Request Of(const std::string& name) {
    Request request;
    request.set_name(name);
    return request;
  }

  rpc::Call Producer(const std::string& name = "producers/shop") const {
    return test::By(name, {options::v1::ROLE_PRODUCER}, clock_.Now());
  }

  // A complaint about payment, or what `more` says of it.
  static v1::ReceiveInquiryRequest Comes(const std::string& more = "") {
    auto request =
        test::Proto<v1::ReceiveInquiryRequest>("inquiry { kind: KIND_COMPLAINT category: 'payment/refund' text: 'Where is my money?' }");
    request.mutable_inquiry()->MergeFrom(test::Proto<v1::Inquiry>(more));
    return request;
  }
  absl::StatusOr<v1::Inquiry> Receive(const rpc::Call& call, const v1::ReceiveInquiryRequest& request) {
    return Call<v1::Inquiry>("ReceiveInquiry", call, request);
  }
  v1::Inquiry Received(const std::string& more = "") {
    const auto inquiry = Receive(Specialist(), Comes(more));
    EXPECT_THAT(inquiry, test::IsOk());
    return inquiry.value_or(v1::Inquiry());
  }
  v1::Inquiry GetInquiry(const std::string& name) {
    const auto inquiry = Call<v1::Inquiry>("GetInquiry", Specialist(), Of<v1::GetInquiryRequest>(name));
    EXPECT_THAT(inquiry, test::IsOk());
    return inquiry.value_or(v1::Inquiry());
  }
  absl::StatusOr<v1::Inquiry> Answer(const std::string& name, bool asks = false, bool automatic = false) {
    v1::AnswerInquiryRequest request;
    request.set_name(name);
    request.set_text("We look into it");
    request.set_asks(asks);
    request.set_automatic(automatic);
    return Call<v1::Inquiry>("AnswerInquiry", Specialist(), request);
  }
  absl::StatusOr<v1::Inquiry> Resolve(const std::string& name) {
    v1::ResolveInquiryRequest request;
    request.set_name(name);
    request.set_text("It is on its way");
    return Call<v1::Inquiry>("ResolveInquiry", Specialist(), request);
  }
  absl::StatusOr<v1::Inquiry> Says(const rpc::Call& call, const std::string& name, const std::string& text = "It has not come") {
    v1::ReceiveCustomerMessageRequest request;
    request.set_name(name);
    request.set_text(text);
    return Call<v1::Inquiry>("ReceiveCustomerMessage", call, request);
  }
  std::vector<v1::InquiryMessage> MessagesOf(const rpc::Call& call, const std::string& inquiry) {
    v1::ListInquiryMessagesRequest request;
    request.set_parent(inquiry);
    const auto listed = Call<v1::ListInquiryMessagesResponse>("ListInquiryMessages", call, request);
    EXPECT_THAT(listed, test::IsOk());
    if (!listed.ok()) return {};
    return {listed->inquiry_messages().begin(), listed->inquiry_messages().end()};
  }
  std::vector<v1::Inquiry> Listed(const rpc::Call& call, const std::string& order_by = "", const std::string& filter = "") {
    v1::ListInquiriesRequest request;
    request.set_page_size(1000);
    request.set_order_by(order_by);
    request.set_filter(filter);
    const auto listed = Call<v1::ListInquiriesResponse>("ListInquiries", call, request);
    EXPECT_THAT(listed, test::IsOk());
    if (!listed.ok()) return {};
    return {listed->inquiries().begin(), listed->inquiries().end()};
  }
  std::vector<v1::ServiceClock> ClocksOf(const std::string& subject) {
    v1::ListServiceClocksRequest request;
    request.set_filter(absl::StrCat("subject = \"", subject, "\""));
    const auto listed = Call<v1::ListServiceClocksResponse>("ListServiceClocks", Manager(), request);
    EXPECT_THAT(listed, test::IsOk());
    if (!listed.ok()) return {};
    return {listed->service_clocks().begin(), listed->service_clocks().end()};
  }

  // Personnel tells of somebody.
  void Copied(const std::string& name, const std::string& absences = "") {
    Sql("REPLACE INTO mirrored_employees (name, display_name, hire_date, absences) VALUES (?, 'Somebody', '2020-01-01', ?)",
        {name, absences.empty() ? sql::Value() : sql::Value(absences)});
  }
  void Sql(const std::string& statement, const sql::Values& values = {}) {
    EXPECT_THAT(database_.get().Write(absl::Now() + absl::Seconds(20),
                                      [&](sql::Session& session) { return session.Execute(statement, values).status(); }),
                test::IsOk());
  }
  int64_t Number(const std::string& query) {
    int64_t number = -1;
    EXPECT_THAT(database_.get().Read(
                    absl::Now() + absl::Seconds(20),
                    [&](sql::Session& session) { return session.Query(query, {}, [&](const sql::Row& row) { number = row.Int(0); }); }),
                test::IsOk());
    return number;
  }
  // Somebody leads the department, or has left it.
  void Know(const std::string& name, bool manager, bool left = false) {
    people::Directory::Changes changes;
    people::EmployeeFact fact;
    fact.hired = absl::CivilDay(2020, 1, 1);
    if (left) fact.last = absl::CivilDay(2025, 12, 1);
    fact.posts = {{fact.hired, manager ? "positions/manager" : "positions/other", "operations"}};
    changes.positions = {{"positions/manager", 1u << options::v1::ROLE_OPERATIONS_MANAGER}, {"positions/other", 0u}};
    changes.employees = {{name, fact}};
    people_.Take(changes);
  }
};

// A second process of the service on the same database.
struct SecondReplica {
  explicit SecondReplica(sql::Database& first, const time::Clock& clock, std::map<std::string, test::FakeClient>& clients,
                         const people::Directory& people)
      : database(first.options()),
        store(database, test::Keys()),
        jobs(store, clock, "services/activity"),
        service(service::Context{store, clock, jobs, [&clients](const std::string& target) -> client::Client& { return clients[target]; },
                                 service::DefaultTimeZone(), people}) {}

  sql::Database database;
  record::Store store;
  job::Runner jobs;
  Service service;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_INQUIRY_INQUIRY_FIXTURE_H_
