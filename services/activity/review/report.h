// The post-activity review (policy A4): written once, from figures that it keeps.
#ifndef HEITIE_SERVICES_ACTIVITY_REVIEW_REPORT_H_
#define HEITIE_SERVICES_ACTIVITY_REVIEW_REPORT_H_

#include <string>

#include "common/event/mirror.h"
#include "common/service/main.h"
#include "heitie/activity/v1/comparison.pb.h"
#include "heitie/activity/v1/report.pb.h"
#include "heitie/personnel/v1/employee.pb.h"
#include "services/activity/adjustment/adjustment.h"
#include "services/activity/clock/clocks.h"
#include "services/activity/page/pages.h"
#include "services/activity/preparation/activity.h"
#include "services/activity/review/figures.h"
#include "services/activity/review/review_policy.h"

namespace heitie::activity {

using Employees = event::Mirror<personnel::v1::Employee>;

extern const status::Reason kNotSettled;   // {activity}
extern const status::Reason kNotReviewed;  // {activities}

// The report's text from its own fields and snapshot; the same report gives the same bytes. Headings in the language of the report.
std::string WriteMarkdown(const v1::Report& report);

// Takes what people are called out of a report that was written when reports still kept it: out of the snapshot and the text, whose digest
// follows. False when nothing is in it.
bool ForgetPeople(v1::Report& report);

// Thread-safe.
class Reports {
 public:
  // `employees`: what people are called today, which an answer tells and no report keeps, so that it can be erased.
  Reports(service::Context context, Activities& activities, const Adjustments& adjustments, const ReviewPolicies& policies,
          const Employees& employees, Clocks& clocks, Pages& pages);
  void Bind(record::Methods& methods);
  const record::Kind<v1::Report>& kind() const { return reports_; }
  // The report of the activity that was written last. NOT_FOUND.
  absl::StatusOr<v1::Report> Latest(sql::Session& session, const std::string& activity) const;

 private:
  absl::StatusOr<v1::Report> Create(const rpc::Call& call, const v1::CreateReportRequest& request);
  absl::StatusOr<v1::CompareActivitiesResponse> CompareActivities(const rpc::Call& call, const v1::CompareActivitiesRequest& request);
  absl::StatusOr<v1::RenderReportResponse> Render(const rpc::Call& call, const v1::RenderReportRequest& request);
  // The report as it will be stored, with all of its figures.
  absl::StatusOr<v1::Report> Compose(const rpc::Call& call, const v1::CreateReportRequest& request) const;
  // What the service itself knows of the time in which the activity ran.
  absl::Status TellCourse(sql::Session& session, v1::ReportSnapshot& snapshot) const;
  // How inquiries and incidents were answered in time, and how its pages were up.
  absl::Status TellService(const rpc::Call& call, v1::ReportSnapshot& snapshot) const;
  absl::Status NamePeople(sql::Session& session, v1::Report& report) const;
  // ForgetPeople in rows, events and first answers.
  job::Outcome ForgetStored(const rpc::Call& call);
  absl::Status ForgetIn(record::Transaction& tx, v1::Report report) const;

  service::Context context_;
  Activities& activities_;
  const Adjustments& adjustments_;
  const ReviewPolicies& policies_;
  const Employees& employees_;
  Clocks& clocks_;
  Pages& pages_;
  record::Kind<v1::Report> reports_;
};

}  // namespace heitie::activity

#endif  // HEITIE_SERVICES_ACTIVITY_REVIEW_REPORT_H_
