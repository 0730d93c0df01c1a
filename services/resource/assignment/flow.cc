#include "services/resource/assignment/flow.h"

#include <lemon/network_simplex.h>
#include <lemon/smart_graph.h>

#include <algorithm>

#include "common/status/die.h"

namespace heitie::resource::assignment {
namespace {

// A network whose flow has no beginning and no end, and its flow of least cost by one level after the other.
class LevelledFlow {
 public:
  using Node = lemon::SmartDigraph::Node;

  Node AddNode() { return graph_.addNode(); }
  int AddArc(Node from, Node to, int64_t most) {
    graph_.addArc(from, to);
    least_.push_back(0);
    most_.push_back(most);
    flow_.push_back(0);
    return static_cast<int>(flow_.size()) - 1;
  }
  int64_t flow(int arc) const { return flow_[arc]; }
  size_t size() const { return flow_.size(); }

  // Of the flows that are optimal so far, one of least cost; later ones cost as little.
  void Optimize(const std::vector<int64_t>& cost) {
    Simplex simplex(graph_);
    lemon::SmartDigraph::ArcMap<int64_t> least(graph_), most(graph_), price(graph_);
    for (size_t arc = 0; arc < size(); ++arc) {
      const auto key = lemon::SmartDigraph::arcFromId(static_cast<int>(arc));
      least[key] = least_[arc];
      most[key] = most_[arc];
      price[key] = cost[arc];
    }
    simplex.lowerMap(least).upperMap(most).costMap(price);
    if (simplex.run() != Simplex::OPTIMAL) status::Die("assignment", "a flow that was possible is none");
    for (size_t arc = 0; arc < size(); ++arc) {
      const auto key = lemon::SmartDigraph::arcFromId(static_cast<int>(arc));
      flow_[arc] = simplex.flow(key);
      const int64_t reduced = cost[arc] + simplex.potential(graph_.source(key)) - simplex.potential(graph_.target(key));
      if (reduced == 0) continue;
      if (flow_[arc] != (reduced > 0 ? least_[arc] : most_[arc]))
        status::Die("assignment", "a flow of least cost is not slack where it must be");
      least_[arc] = most_[arc] = flow_[arc];
    }
  }

 private:
  using Simplex = lemon::NetworkSimplex<lemon::SmartDigraph, int64_t, int64_t>;

  lemon::SmartDigraph graph_;
  std::vector<int64_t> least_, most_, flow_;
};

struct OptionArc {
  int arc;
  Seat seat;
  int64_t cost;
  int64_t place;  // rank, from 1
};
struct PlaceArc {
  int arc;
  int priority;
};
struct ShareArc {
  int arc;
  int64_t cost;
};

struct Network {
  LevelledFlow flow;
  std::vector<PlaceArc> places;
  std::vector<OptionArc> options;
  std::vector<ShareArc> shares;
};

void Build(const Problem& problem, int minutes, Network& network) {
  LevelledFlow& flow = network.flow;
  const auto source = flow.AddNode(), sink = flow.AddNode();
  std::map<std::pair<int, int>, LevelledFlow::Node> person_days;
  std::map<int, std::pair<LevelledFlow::Node, int64_t>> people;  // with the shares of all their days
  int64_t all = 0;
  for (size_t d = 0; d < problem.demands.size(); ++d) {
    const Demand& demand = problem.demands[d];
    for (const Day& day : demand.days) {
      const int64_t rank = demand.first_place + (&day - demand.days.data());
      if (day.options.empty()) continue;
      const auto place = flow.AddNode();
      network.places.push_back({flow.AddArc(source, place, demand.count), demand.priority});
      all += demand.count;
      for (const Option& option : day.options) {
        auto [found, added] = person_days.try_emplace({option.person, day.day});
        if (added) {
          found->second = flow.AddNode();
          auto [person, first] = people.try_emplace(option.person);
          if (first) person->second = {flow.AddNode(), 0};
          const int64_t shares = problem.people[option.person].free.at(day.day) / minutes;
          flow.AddArc(found->second, person->second.first, shares);
          person->second.second += shares;
        }
        network.options.push_back({flow.AddArc(place, found->second, 1), {static_cast<int>(d), day.day, option.person}, option.cost, rank});
      }
    }
  }
  std::map<int, int64_t> most;
  for (const OptionArc& option : network.options) ++most[option.seat.person];
  for (const auto& [person, node] : people) {
    int64_t load = problem.people[person].base_load;
    for (int64_t share = std::min(node.second, most[person]); share > 0; --share, load += minutes) {
      network.shares.push_back({flow.AddArc(node.first, sink, 1), (load + minutes) * (load + minutes) - load * load});
    }
  }
  flow.AddArc(sink, source, all);
}

// What each arc costs, by level.
std::vector<std::vector<int64_t>> CostsOf(const Problem& problem, const Network& network, Levels wanted) {
  std::vector<std::vector<int64_t>> levels;
  const auto level = [&]() -> std::vector<int64_t>& { return levels.emplace_back(network.flow.size(), 0); };
  std::set<int, std::greater<>> priorities;
  for (const PlaceArc& place : network.places) priorities.insert(place.priority);
  for (int priority : priorities) {
    std::vector<int64_t>& cost = level();
    for (const PlaceArc& place : network.places) cost[place.arc] = place.priority == priority ? -1 : 0;
  }
  if (wanted == Levels::kMet) return levels;
  std::vector<int64_t>& changed = level();
  for (const OptionArc& option : network.options) changed[option.arc] = problem.in_force.count(option.seat) > 0 ? -1 : 1;
  std::vector<int64_t>& cost = level();
  for (const OptionArc& option : network.options) cost[option.arc] = option.cost;
  std::vector<int64_t>& squares = level();
  for (const ShareArc& share : network.shares) squares[share.arc] = share.cost;
  std::vector<int64_t>& names = level();
  for (const OptionArc& option : network.options) names[option.arc] = option.seat.person + 1;
  std::vector<int64_t>& places = level();
  for (const OptionArc& option : network.options) places[option.arc] = -option.place * (option.seat.person + 1);
  return levels;
}

}  // namespace

Solution SolveFlow(const Problem& problem, int minutes, Levels levels, Deadline deadline) {
  Network network;
  Build(problem, minutes, network);
  Solution solution;
  solution.method = Method::kFlow;
  for (const std::vector<int64_t>& each : CostsOf(problem, network, levels)) {
    if (std::chrono::steady_clock::now() >= deadline) {
      solution.proven = false;
      break;
    }
    if (std::any_of(each.begin(), each.end(), [](int64_t price) { return price != 0; })) network.flow.Optimize(each);
  }
  for (const OptionArc& option : network.options) {
    if (network.flow.flow(option.arc) > 0) solution.seats.insert(option.seat);
  }
  solution.objective = Evaluate(problem, solution.seats);
  return solution;
}

}  // namespace heitie::resource::assignment
