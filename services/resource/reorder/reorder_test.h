// What the tests of reordering share: a supplier, terms, issues week by week, and the activities of another service.
#ifndef HEITIE_SERVICES_RESOURCE_REORDER_REORDER_TEST_H_
#define HEITIE_SERVICES_RESOURCE_REORDER_REORDER_TEST_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/record/json.h"
#include "common/time/day.h"
#include "common/time/instant.h"
#include "heitie/activity/v1/activity.pb.h"
#include "heitie/resource/v1/purchase_requisition.pb.h"
#include "heitie/resource/v1/reorder_policy.pb.h"
#include "heitie/resource/v1/reorder_proposal.pb.h"
#include "heitie/resource/v1/reorder_term.pb.h"
#include "heitie/resource/v1/supplier.pb.h"
#include "services/resource/resource_test.h"

namespace heitie::resource {

class ReorderTest : public ResourceTest {
 protected:
  ReorderTest() {
    for (const char* service : {"activity", "personnel", "planning"}) {
      clients_[service].On<type::v1::ListEventsRequest, type::v1::ListEventsResponse>(
          absl::StrCat("heitie.", service, ".v1.RecordService/ListEvents"),
          [this, service](const rpc::Call&, const type::v1::ListEventsRequest& request) {
            return EventsOf(service, request.after_position());
          });
    }
  }

  // An activity of the other service as it is now.
  void Tell(const activity::v1::Activity& activity) { told_.push_back(activity); }

  absl::CivilDay Today() const { return absl::ToCivilDay(clock_.Now(), service::DefaultTimeZone()); }
  // What is due at present, and at noon of a later day.
  void RunJobs() {
    for (int i = 0; i < 3; ++i) EXPECT_THAT(jobs_.RunDue(), IsOk());
  }
  void RunNight(int days = 1) {
    clock_.Set(absl::FromCivil(Today() + days, service::DefaultTimeZone()) + absl::Hours(12));
    RunJobs();
  }

  // Terms that say what orders and keeping cost.
  void HavePolicy(const std::string& more = "") {
    HavePolicyOf("test", "order_cost_minor: 4900 currency_code: 'TWD' holding_bp: 2000 review_days: 7 " + more);
  }
  // `reorderPolicies/<id>`, in force.
  void HavePolicyOf(const std::string& id, const std::string& more) {
    ASSERT_THAT(
        Call<v1::ReorderPolicy>("CreateReorderPolicy", Specialist(),
                                Proto<v1::CreateReorderPolicyRequest>(absl::StrCat(
                                    "reorder_policy_id: '", id,
                                    "' reorder_policy { reason: 'Costs are known' period: PERIOD_WEEK history_days: 728 size_smoothing_bp: "
                                    "1000 interval_smoothing_bp: 1000 regular_interval_hundredths: 132 stale_intervals: 3 "
                                    "service_level_bp: 9500 least_deliveries: 3 delivery_days: 730 ",
                                    more, " }"))),
        IsOk());
    ASSERT_THAT((Do<v1::ReorderPolicy, v1::PublishReorderPolicyRequest>("PublishReorderPolicy", "reorderPolicies/" + id, Manager())),
                IsOk());
  }
  // `suppliers/<id>`, who sells mugs at a price from this year on.
  void HaveSupplier(const std::string& id, int64_t price_minor, int lead_days, const std::string& more = "") {
    ASSERT_THAT(
        Call<v1::Supplier>("CreateSupplier", Specialist(),
                           Proto<v1::CreateSupplierRequest>(absl::StrCat("supplier_id: '", id, "' supplier { display_name: 'Supplier' }"))),
        IsOk());
    ASSERT_THAT(
        Call<v1::SupplierPrice>("CreateSupplierPrice", Specialist(),
                                Proto<v1::CreateSupplierPriceRequest>(absl::StrCat(
                                    "parent: 'suppliers/", id,
                                    "' supplier_price_id: 'mug' supplier_price { item: 'items/mug' currency_code: 'TWD' price_quantity: 1 "
                                    "minimum_quantity: 1 breaks { from_quantity: 1 price_minor: ",
                                    price_minor, " } valid_from { year: 2021 month: 1 day: 1 } lead_days: ", lead_days, " ", more, " }"))),
        IsOk());
  }
  absl::StatusOr<v1::ReorderTerm> CreateTerm(const std::string& supplier, const std::string& more = "") {
    return Call<v1::ReorderTerm>(
        "CreateReorderTerm", Specialist(),
        Proto<v1::CreateReorderTermRequest>(absl::StrCat(
            "reorder_term_id: '", supplier, "' reorder_term { item: 'items/mug' supplier: 'suppliers/", supplier, "' ", more, " }")));
  }
  v1::ReorderTerm TermOf(const std::string& id) {
    auto term = Do<v1::ReorderTerm, v1::GetReorderTermRequest>("GetReorderTerm", "reorderTerms/" + id, Analyst());
    EXPECT_THAT(term, IsOk());
    return term.ok() ? *term : v1::ReorderTerm();
  }
  v1::ReorderProposal ProposalOf(const std::string& name) {
    auto proposal = Do<v1::ReorderProposal, v1::GetReorderProposalRequest>("GetReorderProposal", name, Analyst());
    EXPECT_THAT(proposal, IsOk()) << name;
    return proposal.ok() ? *proposal : v1::ReorderProposal();
  }
  std::vector<v1::ReorderProposal> Open() {
    v1::ListReorderProposalsRequest request;
    request.set_filter("state = STATE_OPEN");
    auto listed = Call<v1::ListReorderProposalsResponse>("ListReorderProposals", Analyst(), request);
    EXPECT_THAT(listed, IsOk());
    if (!listed.ok()) return {};
    return {listed->reorder_proposals().begin(), listed->reorder_proposals().end()};
  }

  // Reserves and issues at once.
  absl::Status Use(const std::string& item, int64_t quantity) {
    const std::string id = absl::StrCat("use-", ++uses_);
    RETURN_IF_ERROR(Reserve(id, {Of(item, quantity)}).status());
    RETURN_IF_ERROR(Confirm("reservations/" + id).status());
    return Issue("reservations/" + id, {Of(item, quantity)}).status();
  }

  // `items/mug`, of which 15 and 25 in turns were used in ten weeks, and as much as this is left. It is the Monday after them.
  void HaveRegularDemand(int64_t left) {
    HaveItem("mug", 200 + left);
    for (int week = 0; week < 10; ++week) {
      clock_.Set(absl::FromCivil(absl::CivilDay(2026, 1, 5) + 7 * week, service::DefaultTimeZone()) + absl::Hours(12));
      ASSERT_THAT(Use("items/mug", week % 2 == 0 ? 15 : 25), IsOk());
    }
    clock_.Set(absl::FromCivil(absl::CivilDay(2026, 3, 16), service::DefaultTimeZone()) + absl::Hours(12));
  }

 private:
  type::v1::ListEventsResponse EventsOf(const std::string& service, int64_t after) {
    type::v1::ListEventsResponse response;
    response.set_last_position(after);
    if (service != "activity") return response;
    for (size_t i = static_cast<size_t>(after); i < told_.size(); ++i) {
      auto& event = *response.add_events();
      event.set_position(static_cast<int64_t>(i) + 1);
      event.set_subject_type("activity.heitie/Activity");
      event.set_subject(told_[i].name());
      event.set_action("update");
      event.set_revision(static_cast<int64_t>(i) + 1);
      event.set_after_json(record::ToJson(told_[i]));
    }
    response.set_last_position(static_cast<int64_t>(told_.size()));
    return response;
  }

  std::vector<activity::v1::Activity> told_;
  int uses_ = 0;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_REORDER_REORDER_TEST_H_
