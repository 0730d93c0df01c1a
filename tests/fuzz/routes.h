// The routes of all contracts, as the gateway makes them.
#pragma once

#include "services/gateway/route.h"
#include "tests/fuzz/fuzz.h"

namespace heitie::fuzz {

inline const gateway::RouteTable& Routes() {
  static const auto& routes = *[] {
    std::vector<gateway::Binding> all;
    const google::protobuf::ServiceDescriptor* last = nullptr;
    for (const auto* method : Methods()) {
      if (method->service() == last) continue;
      last = method->service();
      auto some = gateway::BindingsOf(*last);
      // The same events are listed by every service; only the testing ones are at a place of their own.
      Require(some.ok(), "the contracts' routes are right");
      for (auto& binding : *some) all.push_back(std::move(binding));
    }
    auto table = gateway::RouteTable::Make(std::move(all));
    Require(table.ok(), "the contracts' routes differ");
    return new gateway::RouteTable(*std::move(table));
  }();
  return routes;
}

}  // namespace heitie::fuzz
