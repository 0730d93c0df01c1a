// Answers questions on a snapshot, in the form of the contract. No database of its own.
#ifndef HEITIE_SERVICES_METRICS_ANALYSIS_QUESTION_ANSWER_H_
#define HEITIE_SERVICES_METRICS_ANALYSIS_QUESTION_ANSWER_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "heitie/metrics/v1/answer.pb.h"
#include "heitie/metrics/v1/segment.pb.h"
#include "roaring/roaring.hh"
#include "services/metrics/analysis/question_plan.h"

namespace heitie::metrics::analysis {

extern const status::Reason kBadSelection;  // {why}

// `among`: only of these users; nullptr: of all. `closed_until`: what is later may still change.
absl::StatusOr<v1::AnswerBody> BodyOf(Snapshot& snapshot, const QuestionPlan& plan, const Roaring* among, absl::Time closed_until);
// The compared period of the plan; a body without comparison is not asked for.
Window ComparedWindow(const QuestionPlan& plan, absl::Time closed_until);

// The events of the question in its period, before and after their conditions.
absl::StatusOr<std::vector<v1::ExplainedSet>> Explain(Snapshot& snapshot, const v1::Question& question, const QuestionPlan& plan,
                                                      const Roaring* among);

// The users behind a number of the answer. BAD_SELECTION.
absl::StatusOr<Roaring> UsersBehind(Snapshot& snapshot, const QuestionPlan& plan, const v1::UserDisclosure::Selection& selection,
                                    const Roaring* among, absl::Time closed_until);

}  // namespace heitie::metrics::analysis

#endif  // HEITIE_SERVICES_METRICS_ANALYSIS_QUESTION_ANSWER_H_
