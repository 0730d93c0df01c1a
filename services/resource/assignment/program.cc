#include "services/resource/assignment/program.h"

#include <glpk.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <optional>
#include <utility>

#include "services/resource/assignment/glpk_guard.h"

namespace heitie::resource::assignment {
namespace {

constexpr int64_t kTellable = 4'000'000;

// Seats that are taken together.
struct Choice {
  std::vector<Seat> seats;
  int person;
  int priority;
  int64_t minutes = 0, changed = 0, cost = 0, names = 0, places = 0;
};

// A row of the programme: of these choices and weights at most so much.
struct Limit {
  std::vector<int> choices;
  std::vector<int64_t> weights;
  int64_t most;
};

struct Level {
  std::vector<int64_t> weights;  // of each choice
  bool squares = false;
  bool tie = false;  // what nobody asks to be proven
};

struct Programme {
  std::vector<Choice> choices;
  std::vector<Limit> limits;
};

void AddSeat(const Problem& problem, const Seat& seat, int64_t rank, const Day& day, int64_t cost, Choice& choice) {
  choice.seats.push_back(seat);
  choice.minutes += day.minutes;
  choice.changed += problem.in_force.count(seat) > 0 ? -1 : 1;
  choice.cost += cost;
  choice.names += seat.person + 1;
  choice.places -= rank * (seat.person + 1);
}

Programme ProgrammeOf(const Problem& problem) {
  Programme programme;
  std::map<std::pair<int, int>, Limit> of_days;
  for (size_t d = 0; d < problem.demands.size(); ++d) {
    const Demand& demand = problem.demands[d];
    std::map<int, int> whole;  // by person
    Limit of_places{{}, {}, demand.count};
    for (const Day& day : demand.days) {
      if (!demand.same_person) of_places = {{}, {}, demand.count};
      for (const Option& option : day.options) {
        int index = static_cast<int>(programme.choices.size());
        if (demand.same_person) index = whole.try_emplace(option.person, index).first->second;
        if (index == static_cast<int>(programme.choices.size())) {
          programme.choices.push_back({{}, option.person, demand.priority});
          of_places.choices.push_back(index);
          of_places.weights.push_back(1);
        }
        const int64_t rank = demand.first_place + (&day - demand.days.data());
        AddSeat(problem, {static_cast<int>(d), day.day, option.person}, rank, day, option.cost, programme.choices[index]);
        Limit& limit = of_days[{option.person, day.day}];
        limit.most = problem.people[option.person].free.at(day.day);
        limit.choices.push_back(index);
        limit.weights.push_back(day.minutes);
      }
      if (!demand.same_person) programme.limits.push_back(of_places);
    }
    if (demand.same_person) programme.limits.push_back(of_places);
  }
  for (auto& [key, limit] : of_days) programme.limits.push_back(std::move(limit));
  return programme;
}

// By priority, those in force first, then by name, whoever still has time.
Seats PlainChoice(const Programme& programme) {
  std::vector<int> order(programme.choices.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    const Choice &x = programme.choices[a], &y = programme.choices[b];
    return std::make_tuple(-x.priority, x.seats.front().demand, x.changed) <
           std::make_tuple(-y.priority, y.seats.front().demand, y.changed);
  });
  std::vector<std::vector<std::pair<size_t, int64_t>>> uses(programme.choices.size());
  std::vector<int64_t> left;
  for (size_t l = 0; l < programme.limits.size(); ++l) {
    const Limit& limit = programme.limits[l];
    left.push_back(limit.most);
    for (size_t i = 0; i < limit.choices.size(); ++i) uses[limit.choices[i]].emplace_back(l, limit.weights[i]);
  }
  Seats seats;
  for (int index : order) {
    const auto fits = [&](const auto& use) { return left[use.first] >= use.second; };
    if (!std::all_of(uses[index].begin(), uses[index].end(), fits)) continue;
    for (const auto& [limit, weight] : uses[index]) left[limit] -= weight;
    seats.insert(programme.choices[index].seats.begin(), programme.choices[index].seats.end());
  }
  return seats;
}

std::vector<Level> LevelsOf(const Problem& problem, const Programme& programme, Levels wanted) {
  const std::vector<Choice>& choices = programme.choices;
  std::vector<Level> levels;
  std::map<int, int64_t, std::greater<>> cheapest;  // for a day, by priority
  for (const Choice& choice : choices) {
    const int64_t a_day = choice.cost / static_cast<int64_t>(choice.seats.size());
    const auto [found, added] = cheapest.try_emplace(choice.priority, a_day);
    if (!added) found->second = std::min(found->second, a_day);
  }
  const auto add = [&](auto weight_of) {
    Level& level = levels.emplace_back();
    for (const Choice& choice : choices) level.weights.push_back(weight_of(choice));
  };
  for (const auto& [priority, unused] : cheapest) {
    add([p = priority](const Choice& c) { return c.priority == p ? -static_cast<int64_t>(c.seats.size()) : 0; });
  }
  if (wanted == Levels::kMet) return levels;
  add([](const Choice& c) { return c.changed; });
  // How many days of each priority are met is fixed by now, so what each costs at least is the same whatever is chosen.
  add([&](const Choice& c) { return c.cost - cheapest[c.priority] * static_cast<int64_t>(c.seats.size()); });
  // The same of minutes where all days of a priority have as many: then only what base loads differ by counts.
  std::map<int, std::set<int64_t>> minutes;
  for (const Choice& choice : choices) {
    const int64_t days = static_cast<int64_t>(choice.seats.size());
    minutes[choice.priority].insert(choice.minutes % days == 0 ? choice.minutes / days : -1);
    for (const Seat& seat : choice.seats) {
      for (const Day& day : problem.demands[seat.demand].days) {
        if (day.day == seat.day) minutes[choice.priority].insert(day.minutes);
      }
    }
  }
  const bool fixed = std::all_of(minutes.begin(), minutes.end(), [](const auto& of) { return of.second.size() == 1; });
  int64_t least = INT64_MAX;
  for (const Choice& choice : choices) least = std::min(least, problem.people[choice.person].base_load);
  add([&](const Choice& c) { return 2 * (problem.people[c.person].base_load - (fixed ? least : 0)) * c.minutes; });
  levels.back().squares = true;
  add([](const Choice& c) { return c.names; });
  levels.back().tie = true;
  add([](const Choice& c) { return c.places; });
  levels.back().tie = true;
  return levels;
}

// The programme in GLPK: columns of the choices, then of the squares. Once GLPK has given up, everything does nothing.
class Glpk {
 public:
  Glpk(const Programme& programme, const std::vector<Person>& people, Deadline deadline)
      : programme_(programme), people_(people), deadline_(deadline) {
    const int columns = static_cast<int>(programme.choices.size());
    Run([&] {
      problem_ = glp_create_prob();
      glp_set_obj_dir(problem_, GLP_MIN);
      glp_add_cols(problem_, columns);
      for (int column = 1; column <= columns; ++column) glp_set_col_kind(problem_, column, GLP_BV);
    });
    for (const Limit& limit : programme.limits) {
      std::vector<int> of_limit;
      for (int choice : limit.choices) of_limit.push_back(choice + 1);
      AddRow(std::move(of_limit), {limit.weights.begin(), limit.weights.end()}, GLP_UP, static_cast<double>(limit.most));
    }
  }
  ~Glpk() {
    Run([&] { glp_delete_prob(problem_); });
    glp_free_env();
  }
  Glpk(const Glpk&) = delete;

  // Loads in units of their greatest common divisor, and for each person as many steps as units may be taken: the nth costs 2n - 1, so that
  // the first n together, which are the cheapest, cost n².
  void AddSquares() {
    unit_ = 0;
    for (const Choice& choice : programme_.choices) unit_ = std::gcd(unit_, choice.minutes);
    for (size_t i = 0; i < programme_.choices.size(); ++i) {
      Load& load = loads_[programme_.choices[i].person];
      load.columns.push_back(static_cast<int>(i) + 1);
      load.units.push_back(programme_.choices[i].minutes / unit_);
      load.most += load.units.back();
    }
    for (auto& [person, load] : loads_) {
      int64_t free = 0;
      for (const auto& [day, minutes] : people_[person].free) free += minutes;
      load.most = std::min(load.most, free / unit_);
      Run([&, steps = static_cast<int>(load.most), own = &load] {
        if (steps == 0) return;
        own->first_step = glp_add_cols(problem_, steps);
        for (int n = 0; n < steps; ++n) glp_set_col_bnds(problem_, own->first_step + n, GLP_DB, 0, 1);
      });
      std::vector<int> columns = load.columns;
      std::vector<double> weights(load.units.begin(), load.units.end());
      for (int64_t n = 0; n < load.most; ++n) {
        columns.push_back(load.first_step + static_cast<int>(n));
        weights.push_back(-1);
      }
      AddRow(std::move(columns), std::move(weights), GLP_FX, 0);
    }
  }

  // The best by the level, and whether that is certain. Nothing: none was found in time.
  struct Found {
    std::vector<bool> taken;
    bool certain;
  };
  std::optional<Found> Solve(const Level& level) {
    SetObjective(level);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - std::chrono::steady_clock::now()).count();
    if (left <= 0) return std::nullopt;
    bool certain = false, any = false;
    std::vector<double> values(programme_.choices.size());
    Run([&, value = values.data(), size = static_cast<int>(values.size())] {
      glp_iocp terms;
      glp_init_iocp(&terms);
      terms.msg_lev = GLP_MSG_OFF;
      terms.presolve = GLP_ON;
      terms.clq_cuts = terms.mir_cuts = terms.gmi_cuts = GLP_ON;
      terms.tol_obj = 1e-9;
      terms.tm_lim = static_cast<int>(std::min<int64_t>(left, 60'000));
      certain = glp_intopt(problem_, &terms) == 0 && glp_mip_status(problem_) == GLP_OPT;
      any = glp_mip_status(problem_) == GLP_OPT || glp_mip_status(problem_) == GLP_FEAS;
      for (int i = 0; any && i < size; ++i) value[i] = glp_mip_col_val(problem_, i + 1);
    });
    if (gave_up_ || !any) return std::nullopt;
    Found found{{}, certain};
    for (double value : values) found.taken.push_back(value > 0.5);
    return found;
  }

  // From now on nothing is worse than `taken` by the level. The value, in the units by which it was compared.
  int64_t Fix(const Level& level, const std::vector<bool>& taken) {
    std::vector<int> columns;
    std::vector<double> weights;
    int64_t value = 0;
    for (size_t i = 0; i < taken.size(); ++i) {
      if (level.weights[i] == 0) continue;
      columns.push_back(static_cast<int>(i) + 1);
      weights.push_back(static_cast<double>(level.weights[i] / scale_));
      value += taken[i] ? level.weights[i] / scale_ : 0;
    }
    if (level.squares) {
      for (const auto& [person, load] : loads_) {
        const int64_t units = UnitsOf(load, taken);
        for (int64_t n = 0; n < load.most; ++n) {
          columns.push_back(load.first_step + static_cast<int>(n));
          weights.push_back(static_cast<double>(StepCost(n)));
        }
        value += units * units * (unit_ * unit_ / scale_);
      }
    }
    if (!columns.empty()) AddRow(std::move(columns), std::move(weights), GLP_UP, static_cast<double>(value));
    return value;
  }

 private:
  struct Load {
    int first_step = 0;  // column
    int64_t most = 0;
    std::vector<int> columns;
    std::vector<int64_t> units;
  };

  template <typename F>
  void Run(F calls) {
    if (!gave_up_) gave_up_ = !RunGlpk(calls);
  }

  void AddRow(std::vector<int> columns, std::vector<double> weights, int kind, double bound) {
    columns.insert(columns.begin(), 0);
    weights.insert(weights.begin(), 0);
    Run([&, count = static_cast<int>(columns.size()) - 1] {
      const int row = glp_add_rows(problem_, 1);
      glp_set_row_bnds(problem_, row, kind, bound, bound);
      glp_set_mat_row(problem_, row, count, columns.data(), weights.data());
    });
  }

  static int64_t UnitsOf(const Load& load, const std::vector<bool>& taken) {
    int64_t units = 0;
    for (size_t i = 0; i < load.columns.size(); ++i) units += taken[load.columns[i] - 1] ? load.units[i] : 0;
    return units;
  }

  int64_t StepCost(int64_t n) const { return (2 * n + 1) * (unit_ * unit_ / scale_); }

  void SetObjective(const Level& level) {
    scale_ = level.squares ? unit_ * unit_ : 0;
    for (int64_t weight : level.weights) scale_ = std::gcd(scale_, weight);
    if (scale_ == 0) scale_ = 1;
    Run([&] {
      for (size_t i = 0; i < level.weights.size(); ++i) {
        glp_set_obj_coef(problem_, static_cast<int>(i) + 1, static_cast<double>(level.weights[i] / scale_));
      }
      for (const auto& [person, load] : loads_) {
        for (int64_t n = 0; n < load.most; ++n) {
          glp_set_obj_coef(problem_, load.first_step + static_cast<int>(n), level.squares ? static_cast<double>(StepCost(n)) : 0);
        }
      }
    });
  }

  const Programme& programme_;
  const std::vector<Person>& people_;
  const Deadline deadline_;
  glp_prob* problem_ = nullptr;
  bool gave_up_ = false;
  std::map<int, Load> loads_;
  int64_t unit_ = 0, scale_ = 1;
};

Seats SeatsOf(const Programme& programme, const std::vector<bool>& taken) {
  Seats seats;
  for (size_t i = 0; i < taken.size(); ++i) {
    if (taken[i]) seats.insert(programme.choices[i].seats.begin(), programme.choices[i].seats.end());
  }
  return seats;
}

std::mutex& ProgrammeMutex() {
  static auto& mutex = *new std::mutex;
  return mutex;
}

}  // namespace

Solution SolveProgramme(const Problem& problem, Levels levels, Deadline deadline) {
  const Programme programme = ProgrammeOf(problem);
  Solution best;
  best.method = Method::kProgramme;
  best.seats = PlainChoice(programme);
  best.objective = Evaluate(problem, best.seats);
  if (programme.choices.empty()) return best;
  const std::lock_guard<std::mutex> turn(ProgrammeMutex());
  Glpk glpk(programme, problem.people, deadline);
  for (const Level& level : LevelsOf(problem, programme, levels)) {
    if (level.squares) glpk.AddSquares();
    const bool empty = !level.squares && std::all_of(level.weights.begin(), level.weights.end(), [](int64_t w) { return w == 0; });
    if (empty) continue;
    const auto found = glpk.Solve(level);
    if (found.has_value()) {
      Seats seats = SeatsOf(programme, found->taken);
      Objective objective = Evaluate(problem, seats);
      if (FaultOf(problem, seats).empty() && objective < best.objective) {
        best.seats = std::move(seats);
        best.objective = std::move(objective);
      }
    }
    if (!found.has_value() || !found->certain) {
      best.proven = best.proven && level.tie;
      break;
    }
    const int64_t value = glpk.Fix(level, found->taken);
    if (!level.tie && std::abs(value) > kTellable) best.proven = false;
  }
  return best;
}

}  // namespace heitie::resource::assignment
