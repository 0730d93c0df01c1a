// What an activity of a test stands on: the beginning of the story (tests/story) without its troubles, played through the gateway.
// Everything is named after an id, so that tests don't disturb each other. Of the activity: it needs kNeeded of one item, kCost of one
// budget and one person with one certificate.
#ifndef HEITIE_TESTS_E2E_WORLD_H_
#define HEITIE_TESTS_E2E_WORLD_H_

#include <cstdint>
#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/e2e/suite.h"
#include "tests/story/player.h"

namespace heitie::e2e {

inline constexpr int64_t kNeeded = 10;
inline constexpr int64_t kCost = 50000;  // minor units
inline constexpr int kTasks = 3;         // of the project

// Text protos of a google.type.Date and a google.protobuf.Timestamp.
std::string Date(absl::CivilDay day);
std::string Instant(absl::Time time);
// The calendar day in the business time zone.
absl::CivilDay Today();
// The moment in the business time zone at which a day is so many hours old.
absl::Time HourOf(absl::CivilDay day, int hours);

// How the world is made; as it stands every precondition of the launch is met.
struct Conditions {
  bool project_approved = true;
  absl::Duration start = -absl::Hours(1);
  absl::Duration end = absl::Hours(24 * 20);
  int64_t stock = 4 * kNeeded;
  int64_t budget = 4 * kCost;
  bool budget_approved = true;
  bool certified = true;
};

// The resources that several activities can share: plan, stock, money and people, named after `id`.
class World {
 public:
  World(const Team& team, const std::string& id, const Conditions& conditions = {});

  // An activity in PREPARING with one open preparation item `poster` and one support commitment `technology` that waits for its answer.
  std::string Preparing(const std::string& id) const;
  // A READY one.
  std::string Ready(const std::string& id) const;

  // The story of the people: from an empty place to the last day of somebody with much to hand over.
  void PlayPeople() const;
  // The story of a month: from what a producer delivers to figures that are signed off, and what comes later beside them.
  void PlayMonth() const;
  // The story of a plan: from what is collected and asked to the next study that heeds how it ended.
  void PlayPlans() const;
  // The story of a gift: from the proposal to order it to the closed budget.
  void PlayMaterials() const;
  // The story of people who work together: from a meeting to what is left when its project ends.
  void PlayTogether() const;
  // The story of a risk: from what tells of it to the avoidance of a project.
  void PlayRisks() const;
  // The story of an activity: from its template to the next one that heeds its lesson. Its page is on this machine.
  void PlayLife() const;

  void CompletePreparation(const std::string& activity) const;
  void AcceptSupport(const std::string& activity) const;
  void MarkReady(const std::string& activity) const;
  // An assessed and untreated HIGH risk on the activity (R2).
  void OpenHighRisk(const std::string& activity) const;
  // A waiver of a precondition, "PRECONDITION_BUDGET"; its name.
  std::string Waive(const std::string& activity, const std::string& precondition, absl::Time expiry) const;

  const std::string& project() const { return project_; }
  const std::string& scheme() const { return scheme_; }
  const std::string& item() const { return item_; }
  const std::string& budget() const { return budget_; }
  const std::string& employee() const { return employee_; }

 private:
  // Plays the story of an activity between two of its milestones.
  void Play(const std::string& activity, const std::string& after, const std::string& until) const;

  const Team team_;
  const Conditions conditions_;
  story::Player player_;
  const std::string project_, scheme_, item_, budget_, employee_;
};

// What is held of the world's stock and money for one activity, as the resource service lists it.
struct Holdings {
  int reservations = 0, encumbrances = 0;  // that hold something
  int64_t stock = 0;                       // held, in the item's unit
  int64_t money = 0;                       // held, in minor units
};
Holdings HoldingsOf(const Team& team, const std::string& activity);

// Fails the test unless exactly that is held for the activity what one launch takes.
void ExpectTakenOnce(const Team& team, const std::string& activity);

// Fails the test unless every ledger of the resource service adds up.
void ExpectSoundLedgers(const Team& team);

// Asks again and again until `done` or the patience ends; whether it was done.
template <typename Condition>
bool Eventually(Condition done, absl::Duration patience = absl::Seconds(20)) {
  const absl::Time end = absl::Now() + patience;
  while (!done()) {
    if (absl::Now() > end) return false;
    absl::SleepFor(absl::Milliseconds(50));
  }
  return true;
}

}  // namespace heitie::e2e

#endif  // HEITIE_TESTS_E2E_WORLD_H_
