// One job of the department from plan to report, told once: the files *.story of this folder, one for each chapter of the policy, in the
// order of their names. The contract tests play all of it in one process, the end-to-end tests a prefix through the real gateway, and
// deploy/local/demo narrates it.
//
// A line begins at its left edge; lines that are indented belong to the one above.
//
//   # A comment.
//   chapter English | 中文                    a heading of the narration
//   let NAME VALUE                           a value: JSON when it begins with { [ or a digit, otherwise text
//   person NAME ROLE RESOURCE [DEPARTMENT]   somebody who calls, with the role of a token of deploy/local/token; ${NAME} is the resource
//     title English | 中文                    what the narration calls them: ${NAME:title}
//   title NAME | English | 中文               what the narration calls a resource
//   [section]                                what follows can be left out by who plays; `[]` ends it. aside: methods that the story does
//                                            not need; trouble: what makes it a story; others are conditions of tests
//   milestone NAME                           how far the story is
//   NAME METHOD JSON                         a call: who, "SubmitProject" or, of several with this name, "risk.ListEvents", and the
//   request;
//                                            of a method whose requests are a stream, a stream of this one
//     each NAME,… VALUE,… VALUE,…            it is called once for each group of values, with these names; of one name a
//                                          value that is a list stands for its elements
//     answer NAME                            keeps the answer, of several the last, for later placeholders
//     expect JSON                            what the answer has, as far as this says anything; "*" is anything but nothing; lists are as
//                                            long as here
//     within SECONDS                         something else has to happen first: it is asked again until all is as told
//     refused REASON                         it is refused with this reason; without such a line it succeeds
//     say English | 中文                      the narration once it has succeeded, or who does what that is refused
//     show WHAT                              what the narration shows of it in its own form
//
// Placeholders: ${NAME.field.0.field} of values and answers; ${now+1h}, an instant, as the story began; ${present+1m}, one when the line is
// played; ${today-14d}, ${month+2mo-1d} and ${year-3mo}, days
// from today or the first of this month or year in the business time zone (units s, m, h, d, mo); ${NAME:id}, the last part of a name, and
// ${NAME:sha256} and ${NAME:base64} of a text; of a day ${NAME:month}, as 2026-07, and ${NAME:instant}, its beginning; in narration also
// :title, :money, :words, :day, :short. A text that is nothing but one placeholder becomes its value whatever its type. An object of a list
// with "$each": "0..300/5" stands for one object for each number ${i} from 0 below 300 in steps of 5.
//
// A new method is told here: the contract test fails for a method that no line calls.
#ifndef HEITIE_TESTS_STORY_PLAYER_H_
#define HEITIE_TESTS_STORY_PLAYER_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "heitie/options/v1/access.pb.h"
#include "nlohmann/json.hpp"

namespace heitie::story {

using Json = nlohmann::json;

// Somebody of the story.
struct Person {
  std::string name;        // in the story: "manager"
  options::v1::Role role;  // of their token
  std::string resource;    // employees/… or producers/…
  std::string department;  // empty for people of the operations department
};

// One line of the story, with what is indented below it.
struct Line {
  enum Kind { kChapter, kLet, kPerson, kTitle, kMilestone, kCall };
  Kind kind;
  std::string place;    // "10_planning_plan.story:12"
  std::string section;  // empty outside of sections
  // By kind: the heading; NAME VALUE; NAME ROLE RESOURCE DEPARTMENT; the title; the milestone; WHO METHOD REQUEST.
  std::vector<std::string> words;
  std::map<std::string, std::string> clauses;  // each, answer, expect, within, refused, say, show, title
};

// All lines in order. Throws std::runtime_error, as everything here, with the place of the mistake.
const std::vector<Line>& Lines();

// The method that a story line names.
const google::protobuf::MethodDescriptor& MethodNamed(const std::string& name);

// Somebody's request as a line of the story words it.
struct Sketch {
  Person who;
  const google::protobuf::MethodDescriptor* method;
  std::unique_ptr<google::protobuf::Message> request;
};

// Whether `actual` has what `expected` says, as of a clause `expect`.
bool Has(const Json& actual, const Json& expected);

// Not thread-safe. A copy goes on from the same place.
class Player {
 public:
  // Sends one request; the bytes of the answer go to `answer`.
  using Call = std::function<absl::Status(const Person& who, const google::protobuf::MethodDescriptor& method,
                                          const google::protobuf::Message& request, google::protobuf::Message* answer)>;

  // `run` makes the names of this telling its own. Times are relative to `now`.
  Player(Call call, const std::string& run, absl::Time now);

  // Who tells what the time is while the story goes on; without it none passes.
  void Keep(std::function<absl::Time()> clock) { clock_ = std::move(clock); }

  // Gives a value before the story does, which then does not change it.
  void Give(const std::string& name, Json value);
  // Sections that are left out.
  void Skip(std::set<std::string> sections) { skipped_ = std::move(sections); }
  // What is done when the story comes past a milestone.
  void At(const std::string& milestone, std::function<void()> then) { at_[milestone] = std::move(then); }

  // Whether the story has such a milestone.
  static bool Knows(const std::string& milestone);
  // Plays what lies between two milestones; "" for the beginning and the end. What it needs must have been played before.
  void Play(const std::string& after, const std::string& until);

  // The requests of all lines in their order as far as they can be worded before anybody has answered: members that need an answer are
  // missing, and of a line with `each` there is the first one. Calls nobody.
  std::vector<Sketch> SketchAll();

  // A value or an answer; null when there is none.
  const Json& Value(const std::string& name) const;

 private:
  void Perform(const Line& line);
  void PerformCalls(const Line& line);
  void PerformCall(const Line& line);
  void TakeFirst(const Line& line);
  Json Outline(const Json& value) const;
  Json Expand(const Json& value) const;
  Json ExpandText(const std::string& text) const;
  Json Evaluate(const std::string& expression) const;
  Json ValueOf(const std::string& text) const;
  Json Lookup(const std::string& path) const;

  Call call_;
  const absl::Time now_;
  std::function<absl::Time()> clock_ = [now = now_] { return now; };
  std::map<std::string, Json> values_;
  std::map<std::string, Person> people_;
  std::set<std::string> given_, skipped_;
  std::map<std::string, std::function<void()>> at_;  // by milestone
};

}  // namespace heitie::story

#endif  // HEITIE_TESTS_STORY_PLAYER_H_
