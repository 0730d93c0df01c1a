#include "common/people/directory.h"

#include <algorithm>

namespace heitie::people {
namespace {

template <typename Fact>
void Put(std::map<std::string, Fact>& facts, std::map<std::string, std::optional<Fact>>& changes) {
  for (auto& [name, fact] : changes) {
    if (fact) {
      facts[name] = *std::move(fact);
    } else {
      facts.erase(name);
    }
  }
}

absl::CivilDay LastOf(const EmployeeFact& employee) { return employee.last.value_or(absl::CivilDay::max()); }

// The last day of a post.
absl::CivilDay EndOf(const EmployeeFact& employee, size_t post) {
  const absl::CivilDay last = LastOf(employee);
  return post + 1 < employee.posts.size() ? std::min(last, employee.posts[post + 1].first - 1) : last;
}

uint32_t RolesOf(const std::map<std::string, uint32_t>& positions, const std::string& position) {
  const auto it = positions.find(position);
  return it == positions.end() ? 0 : it->second;
}

absl::Time BeginOf(absl::CivilDay day, absl::TimeZone zone) { return absl::FromCivil(day, zone); }
// When the day after a last day begins.
absl::Time After(absl::CivilDay last, absl::TimeZone zone) {
  return last == absl::CivilDay::max() ? absl::InfiniteFuture() : absl::FromCivil(last + 1, zone);
}

}  // namespace

const Post* Person::PostAt(absl::Time at) const {
  for (const Post& post : posts_) {
    if (post.from <= at && at < post.to) return &post;
  }
  return nullptr;
}

uint32_t Person::PostRolesAt(absl::Time at) const {
  const Post* post = PostAt(at);
  return post == nullptr ? 0 : post->roles;
}

uint32_t Person::RolesAt(absl::Time at) const {
  uint32_t roles = PostRolesAt(at);
  if (HasLeft(at)) return roles;
  for (const Span& grant : grants_) {
    if (grant.from <= at && at < grant.to) roles |= grant.roles;
  }
  return roles;
}

absl::string_view Person::DepartmentAt(absl::Time at) const {
  const Post* post = PostAt(at);
  return post == nullptr ? absl::string_view() : absl::string_view(post->department);
}

Person PersonOf(const EmployeeFact& employee, const std::map<std::string, uint32_t>& positions, const std::vector<Delegated>& delegations,
                absl::TimeZone zone) {
  std::vector<Post> posts;
  for (size_t i = 0; i < employee.posts.size(); ++i) {
    const absl::CivilDay first = std::max(employee.posts[i].first, employee.hired), last = EndOf(employee, i);
    if (last < first) continue;
    Post& post = posts.emplace_back();
    post.from = BeginOf(first, zone);
    post.to = After(last, zone);
    post.roles = RolesOf(positions, employee.posts[i].position);
    post.department = employee.posts[i].department;
  }
  std::vector<Span> grants;
  for (const auto& [delegation, delegator] : delegations) {
    for (size_t i = 0; i < delegator->posts.size(); ++i) {
      const absl::CivilDay first = std::max({delegation->first, delegator->posts[i].first, delegator->hired});
      const absl::CivilDay last = std::min(delegation->last, EndOf(*delegator, i));
      const uint32_t roles = delegation->roles & RolesOf(positions, delegator->posts[i].position);
      if (first <= last && roles != 0) grants.push_back({BeginOf(first, zone), After(last, zone), roles});
    }
  }
  return Person(employee.last ? After(*employee.last, zone) : absl::InfiniteFuture(), std::move(posts), std::move(grants));
}

bool Known::EnforcesAt(absl::Time at) const {
  bool enforces = false;
  for (const ModeFact& mode : modes_) {
    if (mode.start > at) break;
    enforces = mode.enforce;
  }
  return enforces;
}

std::set<std::string> Directory::ConcernedBy(const Changes& changes) const {
  std::set<std::string> concerned;
  const auto concern = [&](const DelegationFact& fact) { concerned.insert(fact.delegate); };
  const auto concern_with_delegates = [&](const std::string& name) {
    concerned.insert(name);
    const auto it = delegations_of_.find(name);
    if (it == delegations_of_.end()) return;
    for (const std::string& delegation : it->second) concern(delegations_.at(delegation));
  };
  for (const auto& [name, fact] : changes.employees) concern_with_delegates(name);
  for (const auto& [name, fact] : changes.delegations) {
    if (fact) concern(*fact);
    const auto old = delegations_.find(name);
    if (old != delegations_.end()) concern(old->second);
  }
  if (changes.positions.empty()) return concerned;
  for (const auto& [name, employee] : employees_) {
    const bool held = std::any_of(employee.posts.begin(), employee.posts.end(),
                                  [&](const PostFact& post) { return changes.positions.count(post.position) > 0; });
    if (held) concern_with_delegates(name);
  }
  return concerned;
}

std::vector<Delegated> Directory::DelegatedTo(const std::string& delegate) const {
  std::vector<Delegated> delegated;
  const auto it = delegations_of_.find(delegate);
  if (it == delegations_of_.end()) return delegated;
  for (const std::string& name : it->second) {
    const DelegationFact& fact = delegations_.at(name);
    const auto delegator = employees_.find(fact.delegator);
    if (fact.delegate == delegate && delegator != employees_.end()) delegated.push_back({&fact, &delegator->second});
  }
  return delegated;
}

void Directory::Take(Changes changes) {
  const std::lock_guard lock(mutex_);
  const std::set<std::string> concerned = ConcernedBy(changes);
  for (const auto& [name, fact] : changes.delegations) {
    if (const auto old = delegations_.find(name); old != delegations_.end()) {
      for (const std::string& person : {old->second.delegator, old->second.delegate}) delegations_of_[person].erase(name);
    }
    if (!fact) continue;
    for (const std::string& person : {fact->delegator, fact->delegate}) delegations_of_[person].insert(name);
  }
  Put(employees_, changes.employees);
  Put(positions_, changes.positions);
  Put(delegations_, changes.delegations);
  Put(modes_, changes.modes);

  auto known = std::make_shared<Known>(*Now());
  for (const std::string& name : concerned) {
    const auto employee = employees_.find(name);
    if (employee == employees_.end()) {
      known->people_.erase(name);
    } else {
      known->people_[name] = std::make_shared<const Person>(PersonOf(employee->second, positions_, DelegatedTo(name), zone_));
    }
  }
  known->modes_.clear();
  for (const auto& [name, mode] : modes_) known->modes_.push_back(mode);
  std::stable_sort(known->modes_.begin(), known->modes_.end(), [](const ModeFact& a, const ModeFact& b) { return a.start < b.start; });
  known_.store(std::move(known), std::memory_order_release);
}

const Directory& Nobody() {
  static const auto& nobody = *new Directory(absl::UTCTimeZone());
  return nobody;
}

}  // namespace heitie::people
