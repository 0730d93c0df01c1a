#ifndef HEITIE_SERVICES_METRICS_WATCH_CHAPTER_H_
#define HEITIE_SERVICES_METRICS_WATCH_CHAPTER_H_

#include <string>

#include "common/service/main.h"
#include "services/metrics/collection/counters.h"
#include "services/metrics/dashboard/dashboard.h"
#include "services/metrics/dashboard/dashboard_answer.h"
#include "services/metrics/dashboard/saved_question.h"
#include "services/metrics/import/import.h"
#include "services/metrics/warning/chapter.h"
#include "services/metrics/watch/watches.h"

namespace heitie::metrics {

// Dashboards, and what changes while one looks (policy M2). Not to be moved: its concepts refer to each other. Thread-safe.
struct WatchChapter {
  WatchChapter(const service::Context& context, Questions& questions, WarningChapter& warning, const Imports& imports, WatchLimits limits)
      : saved_questions(context.store, context.time_zone,
                        [this](record::Transaction& tx, const std::string& question) { return dashboards.UseOf(tx, question); }),
        dashboards(context.store, saved_questions, context.time_zone),
        answers(dashboards, saved_questions, questions, context.time_zone),
        watches(context, {questions, dashboards, answers, warning.tables, imports.kind(), {context.store, questions}}, limits) {}
  WatchChapter(const WatchChapter&) = delete;
  WatchChapter& operator=(const WatchChapter&) = delete;

  void Bind(record::Methods& methods) {
    saved_questions.Bind(methods);
    dashboards.Bind(methods);
    answers.Bind(methods);
    watches.Bind(methods);
  }

  SavedQuestions saved_questions;
  Dashboards dashboards;
  DashboardAnswers answers;
  Watches watches;
};

}  // namespace heitie::metrics

#endif  // HEITIE_SERVICES_METRICS_WATCH_CHAPTER_H_
