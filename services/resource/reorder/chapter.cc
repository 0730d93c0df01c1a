#include "services/resource/reorder/chapter.h"

namespace heitie::resource {

ReorderChapter::ReorderChapter(const service::Context& context, const Stocks& stocks, const Items& items, const Suppliers& suppliers,
                               const Rates& rates, const OpenPurchases& purchases, const event::Mirror<activity::v1::Activity>& activities)
    : terms(context.store, items, suppliers),
      sources(context.store, stocks, items, rates, purchases, terms, activities),
      proposals(context.store, terms, sources, purchases, context.jobs),
      supplier_questions(context.store, items, suppliers, purchases, context.time_zone) {}

void ReorderChapter::Bind(record::Methods& methods) {
  terms.Bind(methods);
  proposals.Bind(methods);
  supplier_questions.Bind(methods);
}

}  // namespace heitie::resource
