#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/record/kind/fields.h"
#include "common/record/kind/impl.h"
#include "common/record/kind/referrers.h"
#include "common/sql/placeholders.h"
#include "common/status/die.h"
#include "common/status/macros.h"
#include "common/status/status.h"

namespace heitie::record {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

}  // namespace

std::vector<absl::Status> Collection::Impl::LoadBatch(const std::vector<std::shared_ptr<rpc::Exchange>>& batch) {
  std::map<std::string, std::vector<size_t>> waiting;
  absl::Time deadline = absl::InfinitePast();
  for (size_t i = 0; i < batch.size(); ++i) {
    waiting[TextOf(*batch[i]->request, "name")].push_back(i);
    deadline = std::max(deadline, batch[i]->call.deadline);
  }
  std::vector<absl::Status> statuses(batch.size(), absl::UnknownError(""));
  std::vector<bool> answered(batch.size(), false);
  const absl::Status status = store.database().Read(deadline, [&](sql::Session& session) {
    // Powers of two keep the number of prepared statements small.
    size_t places = 1;
    while (places < waiting.size()) places *= 2;
    sql::Values names;
    for (const auto& entry : waiting) names.push_back(entry.first);
    while (names.size() < places) names.push_back(names.back());
    const std::string sql = absl::StrCat(select, "WHERE name IN (", sql::Placeholders(places), ")");
    std::vector<Closed> closed;
    RETURN_IF_ERROR(session.Query(sql, names, [&](const sql::Row& row) {
      const std::vector<size_t>& who = waiting[row.Text(name_column)];
      if (who.empty()) return;
      const absl::Status mapped = Read(row, batch[who[0]]->response, &closed);
      for (const size_t i : who) {
        statuses[i] = mapped;
        answered[i] = true;
      }
    }));
    if (const absl::Status opened = Open(session, closed); absl::IsDataLoss(opened)) {
      // Of one row perhaps: each gets its own.
      for (const auto& [name, who] : waiting) {
        std::vector<Closed> own;
        for (const Closed& one : closed) {
          if (!who.empty() && one.row == batch[who[0]]->response) own.push_back(one);
        }
        const absl::Status alone = Open(session, own);
        for (const size_t i : who) statuses[i].Update(alone);
      }
    } else {
      RETURN_IF_ERROR(opened);
    }
    for (const auto& [name, who] : waiting) {
      for (const size_t i : who) {
        if (i != who[0] && answered[i]) batch[i]->response->CopyFrom(*batch[who[0]]->response);
      }
    }
    for (size_t i = 0; i < batch.size(); ++i) {
      if (!answered[i] || !sight.Sees(batch[i]->call.principal, *batch[i]->response)) {
        statuses[i] = status::NotFound(TextOf(*batch[i]->request, "name"));
      } else if (statuses[i].ok()) {
        statuses[i] = Decorated(session, *batch[i]->response);
      }
    }
    return absl::OkStatus();
  });
  if (!status.ok()) std::fill(statuses.begin(), statuses.end(), status);
  return statuses;
}

absl::Status Collection::Impl::Decorated(sql::Session& session, Message& resource) const {
  if (decorate) RETURN_IF_ERROR(decorate(session, resource));
  if (machine == nullptr || verbs_field == nullptr) return absl::OkStatus();
  const auto& r = *resource.GetReflection();
  r.ClearField(&resource, verbs_field);
  for (const std::string& verb : machine->AllowedVerbs(r.GetEnumValue(resource, state_field))) {
    const auto call = calls.find(verb);
    if (call != calls.end() && (!allows || allows(resource, verb))) r.AddString(&resource, verbs_field, call->second);
  }
  return absl::OkStatus();
}

absl::Status Collection::Impl::Advance(Message& resource, int state, const char* verb) const {
  if (machine == nullptr) status::Die("schema", absl::StrCat(descriptor.full_name(), " has no machine"));
  ASSIGN_OR_RETURN(const int next, machine->Next(TextOf(resource, "name"), state, verb));
  resource.GetReflection()->SetEnumValue(&resource, state_field, next);
  return absl::OkStatus();
}

rpc::Handler Collection::Getter() {
  return {[impl = impl_](std::shared_ptr<rpc::Exchange> exchange) { impl->loader.Add(std::move(exchange)); }, false};
}

absl::Status Collection::Impl::BatchGet(const rpc::Exchange& exchange) const {
  const Message& request = *exchange.request;
  const auto& names = request.GetReflection()->GetRepeatedPtrField<std::string>(request, request.GetDescriptor()->FindFieldByName("names"));
  const FieldDescriptor* list = ResourceField(*exchange.response->GetDescriptor(), descriptor);
  const auto& r = *exchange.response->GetReflection();
  // Powers of two keep the number of prepared statements small.
  size_t places = 1;
  while (places < static_cast<size_t>(names.size())) places *= 2;
  sql::Values values;
  for (const std::string& name : names) values.emplace_back(name);
  if (values.empty()) return absl::OkStatus();
  values.resize(places, values.back());
  return store.Read(exchange.call, [&](sql::Session& session) -> absl::Status {
    std::map<std::string, std::unique_ptr<Message>> rows;
    absl::Status mapped;
    std::vector<Closed> closed;
    RETURN_IF_ERROR(
        session.Query(absl::StrCat(select, "WHERE name IN (", sql::Placeholders(places), ")"), values, [&](const sql::Row& row) {
          if (!mapped.ok()) return;
          auto& message = rows[row.Text(name_column)];
          message.reset(prototype.New());
          mapped = Read(row, message.get(), &closed);
        }));
    RETURN_IF_ERROR(mapped);
    RETURN_IF_ERROR(Open(session, closed));
    for (const auto& [name, row] : rows) RETURN_IF_ERROR(Decorated(session, *row));
    r.ClearField(exchange.response, list);
    for (const std::string& name : names) {
      const auto row = rows.find(name);
      if (row == rows.end() || !sight.Sees(exchange.call.principal, *row->second)) return status::NotFound(name);
      r.AddMessage(exchange.response, list)->CopyFrom(*row->second);
    }
    return absl::OkStatus();
  });
}

rpc::Handler Collection::BatchGetter() {
  return {[impl = impl_](std::shared_ptr<rpc::Exchange> exchange) { exchange->finish(impl->BatchGet(*exchange)); }};
}

absl::Status Collection::Impl::List(const rpc::Exchange& exchange) {
  Asker asker{exchange.call.principal.name};
  ASSIGN_OR_RETURN(asker.key, store.PageKey(exchange.call.deadline));
  ASSIGN_OR_RETURN(const ListQuery query, MakeListQuery(table, *exchange.request, sight.BoundsOf(exchange.call.principal), asker));
  const std::string parent = TextOf(*exchange.request, "parent");
  const bool one_parent = !absl::StrContains(absl::StrCat(parent, "/"), "/-/");
  Message* response = exchange.response;
  const FieldDescriptor* list = ResourceField(*response->GetDescriptor(), descriptor);
  const auto& r = *response->GetReflection();
  return store.Read(exchange.call, [&](sql::Session& session) -> absl::Status {
    int count = 0;
    absl::Status mapped;
    Newer newer;  // of the page's last row
    std::vector<Closed> closed;
    RETURN_IF_ERROR(session.Query(query.sql, query.values, [&](const sql::Row& row) {
      if (++count > query.page_size || !mapped.ok()) return;
      mapped = Read(row, r.AddMessage(response, list), &closed, count == query.page_size ? &newer : nullptr);
    }));
    RETURN_IF_ERROR(mapped);
    // What has children is there.
    if (count == 0 && one_parent) RETURN_IF_ERROR(CheckParent(session, exchange.call.principal, parent));
    RETURN_IF_ERROR(Count(session, query, *exchange.request, response));
    RETURN_IF_ERROR(Open(session, closed));
    if (count > query.page_size) {
      SetText(*response, "next_page_token", MakePageToken(r.GetRepeatedMessage(*response, list, query.page_size - 1), query, newer.values));
    }
    for (int i = 0; i < r.FieldSize(*response, list); ++i)
      RETURN_IF_ERROR(Decorated(session, *r.MutableRepeatedMessage(response, list, i)));
    return absl::OkStatus();
  });
}

// How many rows all pages have, where the request asks for it and the answer has room for it.
absl::Status Collection::Impl::Count(sql::Session& session, const ListQuery& query, const Message& request, Message* response) {
  const FieldDescriptor* asked = request.GetDescriptor()->FindFieldByName("return_total_size");
  const FieldDescriptor* total = response->GetDescriptor()->FindFieldByName("total_size");
  const FieldDescriptor* capped = response->GetDescriptor()->FindFieldByName("total_size_capped");
  if (asked == nullptr || total == nullptr || capped == nullptr || !request.GetReflection()->GetBool(request, asked))
    return absl::OkStatus();
  int64_t rows = 0;
  RETURN_IF_ERROR(session.Query(query.count_sql, query.count_values, [&](const sql::Row& row) { rows = row.Int(0); }));
  const auto& r = *response->GetReflection();
  r.SetInt32(response, total, static_cast<int32_t>(std::min<int64_t>(rows, kMostCounted)));
  r.SetBool(response, capped, rows > kMostCounted);
  return absl::OkStatus();
}

rpc::Handler Collection::Lister() {
  return {[impl = impl_](std::shared_ptr<rpc::Exchange> exchange) { exchange->finish(impl->List(*exchange)); }};
}

}  // namespace heitie::record
