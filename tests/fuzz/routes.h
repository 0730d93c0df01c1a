// The routes of all contracts, as the gateway makes them.
#ifndef HEITIE_TESTS_FUZZ_ROUTES_H_
#define HEITIE_TESTS_FUZZ_ROUTES_H_

#include "services/gateway/route.h"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {

inline gateway::RouteTable MakeRoutes() {
  std::vector<gateway::Binding> all;
  const google::protobuf::ServiceDescriptor* last = nullptr;
  for (const auto* method : Methods()) {
    if (method->service() == last) continue;
    last = method->service();
    auto some = gateway::BindingsOf(*last);
    Require(some.ok(), "the contracts' routes are right");
    for (auto& binding : *some) all.push_back(std::move(binding));
  }
  auto table = gateway::RouteTable::Make(std::move(all));
  Require(table.ok(), "the contracts' routes differ");
  return *std::move(table);
}

inline const gateway::RouteTable& Routes() {
  static const auto& routes = *new gateway::RouteTable(MakeRoutes());
  return routes;
}

}  // namespace heitie::fuzz

#endif  // HEITIE_TESTS_FUZZ_ROUTES_H_
