// Who is employed, and what posts and delegations let people do, in the memory of every process that has a database: for the door, which
// asks with each request, and for rules that depend on who has left.
//
//   if (people.HasLeft(request.owner(), call.now)) …            // a name that is not known is not one who left
//   const std::shared_ptr<const people::Known> known = people.Now();
//   if (const people::Person* person = known->Find(name)) person->RolesAt(call.now);
//
// Everything is computed from dated facts, so that a last day, a transfer or a delegation takes effect by the clock, also while personnel
// is away. What is known is a copy (copy.h) and may be behind personnel, for less than two seconds while all is well: so a rule refuses by
// what it says, never by what it lacks; the one that lets nobody be named who is unknown asks personnel first (record/strangers.h).
#ifndef HEITIE_COMMON_PEOPLE_DIRECTORY_H_
#define HEITIE_COMMON_PEOPLE_DIRECTORY_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace heitie::people {

// ---- Facts, as personnel records them.

// Roles are bits, 1 << options::v1::Role.
struct PostFact {
  absl::CivilDay first;  // until the next one begins or the employment ends
  std::string position;
  std::string department;
};
struct EmployeeFact {
  absl::CivilDay hired;
  std::optional<absl::CivilDay> last;  // of employment
  std::vector<PostFact> posts;         // one at least, by their first days
};
struct DelegationFact {
  std::string delegator, delegate;
  absl::CivilDay first, last;
  uint32_t roles = 0;
};
// From an instant on, doors enforce or report.
struct ModeFact {
  absl::Time start;
  bool enforce = false;
};

// ---- What follows from them.

// Half-open: [from, to).
struct Span {
  absl::Time from, to;
  uint32_t roles = 0;
};
struct Post : Span {
  std::string department;
};

// One employee. Immutable.
class Person {
 public:
  // `grants` are spans of delegated roles.
  Person(absl::Time left, std::vector<Post> posts, std::vector<Span> grants)
      : left_(left), posts_(std::move(posts)), grants_(std::move(grants)) {}

  // 00:00 of the day after the last day; InfiniteFuture while none is known. Before the first day nobody has left.
  absl::Time left() const { return left_; }
  bool HasLeft(absl::Time at) const { return at >= left_; }
  // What the post grants; nothing on days without employment.
  uint32_t PostRolesAt(absl::Time at) const;
  // With what is delegated to the person.
  uint32_t RolesAt(absl::Time at) const;
  // That of the post; empty on days without employment.
  absl::string_view DepartmentAt(absl::Time at) const;

 private:
  const Post* PostAt(absl::Time at) const;

  const absl::Time left_;
  const std::vector<Post> posts_;  // by time
  const std::vector<Span> grants_;
};

// What the facts say of one employee. `positions`: the roles of each position; `delegations`: to this person, each with its delegator. Days
// begin in `zone`.
struct Delegated {
  const DelegationFact* delegation;
  const EmployeeFact* delegator;
};
Person PersonOf(const EmployeeFact& employee, const std::map<std::string, uint32_t>& positions, const std::vector<Delegated>& delegations,
                absl::TimeZone zone);

// All that is known at one moment. Immutable.
class Known {
 public:
  // nullptr for a name that is not known, or not yet. One hash lookup, no allocation; valid as long as this.
  const Person* Find(absl::string_view name) const {
    const auto it = people_.find(name);
    return it == people_.end() ? nullptr : it->second.get();
  }
  size_t size() const { return people_.size(); }
  // Whether roles beyond the post do not count at that instant. Before the first version that is known begins they count, as the version
  // wants it that comes with personnel.
  bool EnforcesAt(absl::Time at) const;

 private:
  friend class Directory;
  absl::flat_hash_map<std::string, std::shared_ptr<const Person>> people_;
  std::vector<ModeFact> modes_;  // by start
};

// Thread-safe. Readers never wait for who changes it.
class Directory {
 public:
  explicit Directory(absl::TimeZone zone) : zone_(zone) {}

  std::shared_ptr<const Known> Now() const { return known_.load(std::memory_order_acquire); }
  bool Knows(absl::string_view employee) const { return Now()->Find(employee) != nullptr; }
  // Whether the last day is over by then. False for a name that is not known.
  bool HasLeft(absl::string_view employee, absl::Time at) const {
    const std::shared_ptr<const Known> known = Now();
    const Person* person = known->Find(employee);
    return person != nullptr && person->HasLeft(at);
  }
  // 00:00 of the day after the last day; InfiniteFuture where none is known, and for a name that is not known.
  absl::Time LeavesAt(absl::string_view employee) const {
    const std::shared_ptr<const Known> known = Now();
    const Person* person = known->Find(employee);
    return person == nullptr ? absl::InfiniteFuture() : person->left();
  }
  // Of post and delegations; none for a name that is not known.
  uint32_t RolesAt(absl::string_view employee, absl::Time at) const {
    const std::shared_ptr<const Known> known = Now();
    const Person* person = known->Find(employee);
    return person == nullptr ? 0 : person->RolesAt(at);
  }

  // Changes by name, nothing for what is gone. They are taken up together: readers see all of them or none. Costs the people who are
  // known, a pointer each, and the computation of those concerned.
  struct Changes {
    std::map<std::string, std::optional<EmployeeFact>> employees;
    std::map<std::string, std::optional<uint32_t>> positions;  // their roles
    std::map<std::string, std::optional<DelegationFact>> delegations;
    std::map<std::string, std::optional<ModeFact>> modes;
  };
  void Take(Changes changes);

 private:
  // The employees of whom the changes make something else.
  std::set<std::string> ConcernedBy(const Changes& changes) const;
  std::vector<Delegated> DelegatedTo(const std::string& delegate) const;

  const absl::TimeZone zone_;
  std::mutex mutex_;  // guards the facts
  std::map<std::string, EmployeeFact> employees_;
  std::map<std::string, uint32_t> positions_;
  std::map<std::string, DelegationFact> delegations_;
  std::map<std::string, ModeFact> modes_;
  std::map<std::string, std::set<std::string>> delegations_of_;  // names of delegations by delegator and by delegate
  std::atomic<std::shared_ptr<const Known>> known_{std::make_shared<const Known>()};
};

// One that knows nobody, for who is given none.
const Directory& Nobody();

}  // namespace heitie::people

#endif  // HEITIE_COMMON_PEOPLE_DIRECTORY_H_
