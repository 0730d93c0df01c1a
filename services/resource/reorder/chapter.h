#ifndef HEITIE_SERVICES_RESOURCE_REORDER_CHAPTER_H_
#define HEITIE_SERVICES_RESOURCE_REORDER_CHAPTER_H_

#include "common/event/mirror.h"
#include "common/record/methods.h"
#include "common/service/main.h"
#include "heitie/activity/v1/activity.pb.h"
#include "services/resource/reorder/proposals.h"
#include "services/resource/reorder/sources.h"
#include "services/resource/reorder/supplier_questions.h"
#include "services/resource/reorder/terms.h"

namespace heitie::resource {

// Safe stock at least cost (S4). Not to be moved: its concepts refer to each other. Thread-safe.
struct ReorderChapter {
  // `activities` are those of the service of that name.
  ReorderChapter(const service::Context& context, const Stocks& stocks, const Items& items, const Suppliers& suppliers, const Rates& rates,
                 const OpenPurchases& purchases, const event::Mirror<activity::v1::Activity>& activities);
  ReorderChapter(const ReorderChapter&) = delete;
  ReorderChapter& operator=(const ReorderChapter&) = delete;

  void Bind(record::Methods& methods);

  ReorderTerms terms;
  ReorderSources sources;
  ReorderProposals proposals;
  SupplierQuestions supplier_questions;
};

}  // namespace heitie::resource

#endif  // HEITIE_SERVICES_RESOURCE_REORDER_CHAPTER_H_
