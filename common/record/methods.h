// Binds the methods of a contract to the functions that serve them, in one form: member functions of the concept that they belong to.
//
//   void Risks::Bind(record::Methods& methods) {
//     methods.Reads(risks_);                                  // GetRisk, ListRisks, and BatchGetRisks if the contract has it
//     methods.Creates(risks_, this, &Risks::Create);          // CreateRisk
//     methods.Updates(risks_, this, &Risks::Update);          // UpdateRisk
//     methods.Bind("TreatRisk", this, &Risks::Treat);         // a change: StatusOr<Risk> Treat(Transaction&, const TreatRiskRequest&)
//     methods.Bind("SummarizeRisks", this, &Risks::Summarize) // no change: StatusOr<…> Summarize(const rpc::Call&, const …Request&)
//   }
//
// The names of the standard methods follow from the resource's singular and plural (google.api.resource).
#ifndef HEITIE_COMMON_RECORD_METHODS_H_
#define HEITIE_COMMON_RECORD_METHODS_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "common/record/kind.h"
#include "common/record/store.h"
#include "common/rpc/service.h"

namespace heitie::record {

class Methods {
 public:
  // The rules of who sees what (rows.h) are declared before.
  Methods(rpc::Service& service, Store& store) : service_(service), store_(store) {
    store.sights().Seal();
    service.SetOutlets([&store](const google::protobuf::MethodDescriptor& method) { return store.sights().OutletOf(method); });
  }

  // A change, which runs inside Store::Write.
  template <typename C, typename Resp, typename Req>
  void Bind(const std::string& method, C* self, absl::StatusOr<Resp> (C::*function)(Transaction&, const Req&)) {
    service_.Bind(method, store_.Mutation(self, function));
  }
  // Whatever else; it may block.
  template <typename C, typename Resp, typename Req>
  void Bind(const std::string& method, C* self, absl::StatusOr<Resp> (C::*function)(const rpc::Call&, const Req&)) {
    service_.Bind(method, self, function);
  }
  template <typename C>
  void BindStream(const std::string& method, C* self, void (C::*function)(std::shared_ptr<rpc::Stream>)) {
    service_.BindStream(method, [self, function](std::shared_ptr<rpc::Stream> stream) { (self->*function)(std::move(stream)); });
  }

  // A method whose requests are a stream; D is a rpc::Dialogue or a rpc::Collector, one for each stream.
  template <typename C, typename D>
  void BindConversation(const std::string& method, C* self, absl::StatusOr<std::unique_ptr<D>> (C::*open)(const rpc::Call&)) {
    service_.BindConversation(method, [self, open](const rpc::Call& call) { return (self->*open)(call); });
  }

  template <typename T>
  void Reads(Kind<T>& kind) {
    service_.Bind("Get" + Singular(kind.collection()), kind.collection().Getter());
    const std::string batch = "BatchGet" + Plural(kind.collection());
    if (service_.Has(batch)) service_.Bind(batch, kind.collection().BatchGetter());
    Lists(kind);
  }
  template <typename T>
  void Lists(Kind<T>& kind) {
    service_.Bind("List" + Plural(kind.collection()), kind.collection().Lister());
  }

  // The function sees the resource with its name set and its output-only fields cleared: it checks the domain's rules and sets what the
  // service decides (state, totals). Then the resource is inserted.
  template <typename T, typename C, typename Req>
  void Creates(Kind<T>& kind, C* self, absl::Status (C::*function)(Transaction&, const Req&, T&)) {
    Create(kind.collection(), [self, function](Transaction& tx, const Message& request, Message& resource) {
      return (self->*function)(tx, static_cast<const Req&>(request), static_cast<T&>(resource));
    });
  }
  template <typename T, typename C>
  void Creates(Kind<T>& kind, C* self, absl::Status (C::*function)(Transaction&, T&)) {
    Create(kind.collection(), [self, function](Transaction& tx, const Message&, Message& resource) {
      return (self->*function)(tx, static_cast<T&>(resource));
    });
  }
  template <typename T>
  void Creates(Kind<T>& kind) {
    Create(kind.collection(), nullptr);
  }

  // The function sees the locked resource before and after the mask was applied: it checks the rules and may change `after`. One that
  // returns a StatusOr<const char*> names the event; nullptr: an ordinary update.
  template <typename T, typename C>
  void Updates(Kind<T>& kind, C* self, absl::Status (C::*function)(Transaction&, const T& before, T& after)) {
    Update(kind.collection(), [self, function](Transaction& tx, const Message& before, Message& after) -> absl::StatusOr<const char*> {
      absl::Status status = (self->*function)(tx, static_cast<const T&>(before), static_cast<T&>(after));
      if (!status.ok()) return status;
      return nullptr;
    });
  }
  template <typename T, typename C>
  void Updates(Kind<T>& kind, C* self, absl::StatusOr<const char*> (C::*function)(Transaction&, const T& before, T& after)) {
    Update(kind.collection(), [self, function](Transaction& tx, const Message& before, Message& after) {
      return (self->*function)(tx, static_cast<const T&>(before), static_cast<T&>(after));
    });
  }
  template <typename T>
  void Updates(Kind<T>& kind) {
    Update(kind.collection(), nullptr);
  }

  // The function sees the locked resource: whether it may go, and what goes with it.
  template <typename T, typename C>
  void Deletes(Kind<T>& kind, C* self, absl::Status (C::*function)(Transaction&, const T&)) {
    Delete(kind.collection(),
           [self, function](Transaction& tx, const Message& resource) { return (self->*function)(tx, static_cast<const T&>(resource)); });
  }
  template <typename T>
  void Deletes(Kind<T>& kind) {
    Delete(kind.collection(), nullptr);
  }

  // "RiskMatrix" and "RiskMatrices".
  static std::string Singular(const Collection& kind);
  static std::string Plural(const Collection& kind);

 private:
  using Message = google::protobuf::Message;

  void Create(Collection& kind, std::function<absl::Status(Transaction&, const Message& request, Message& resource)> prepare);
  void Update(Collection& kind, Collection::PrepareUpdate prepare);
  void Delete(Collection& kind, std::function<absl::Status(Transaction&, const Message& resource)> check);

  rpc::Service& service_;
  Store& store_;
};

}  // namespace heitie::record

#endif  // HEITIE_COMMON_RECORD_METHODS_H_
