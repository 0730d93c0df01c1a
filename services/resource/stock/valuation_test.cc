#include "services/resource/stock/valuation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

namespace heitie::resource {
namespace {

// What a warehouse does to one item, by both methods.
struct ValuedItem {
  int64_t average_quantity = 0, average_value = 0;
  std::vector<Layer> layers;
  int64_t number = 0;

  void Receive(int64_t quantity, int64_t cost) {
    average_quantity += quantity;
    average_value += cost;
    layers.push_back({++number, quantity, cost});
  }
  int64_t IssueByAverage(int64_t quantity) {
    const int64_t value = ShareOf(average_value, quantity, average_quantity);
    average_quantity -= quantity;
    average_value -= value;
    return value;
  }
  int64_t IssueByFifo(int64_t quantity, std::vector<Taken>* taken = nullptr) {
    int64_t value = 0;
    for (const Layer& part : TakeFirst(layers, quantity)) {
      value += part.value;
      if (taken != nullptr) taken->push_back({"", part});
    }
    return value;
  }
  int64_t Return(std::vector<Taken>& taken, int64_t quantity) {
    int64_t value = 0;
    for (const Taken& part : ComeBack(taken, quantity)) {
      value += part.part.value;
      GiveBack(layers, part.part);
    }
    return value;
  }
};

TEST(ValuationTest, TheGoldenCase) {
  ValuedItem item;
  item.Receive(100, 10000);
  item.Receive(50, 8000);
  EXPECT_EQ(item.IssueByAverage(40), 4800);
  EXPECT_EQ(item.IssueByFifo(40), 4000);
  item.Receive(7, 1000);
  EXPECT_EQ(item.IssueByAverage(90), 10923);
  EXPECT_EQ(item.IssueByFifo(90), 10800);
  EXPECT_EQ(item.IssueByAverage(27), 3277);
  EXPECT_EQ(item.IssueByFifo(27), 4200);
  EXPECT_EQ(item.average_value, 0);
  EXPECT_TRUE(item.layers.empty());
}

TEST(ValuationTest, ThreeForAThousandIssuedSingly) {
  ValuedItem item;
  item.Receive(3, 1000);
  for (const int64_t expected : {333, 334, 333}) {
    EXPECT_EQ(item.IssueByAverage(1), expected);
    EXPECT_EQ(item.IssueByFifo(1), expected);
  }
}

TEST(ValuationTest, WhatComesBackGoesToItsLayersLastTakenFirst) {
  ValuedItem item;
  item.Receive(100, 10000);
  item.Receive(50, 8000);
  item.IssueByFifo(40);
  item.Receive(7, 1000);
  std::vector<Taken> taken;
  ASSERT_EQ(item.IssueByFifo(90, &taken), 10800);
  EXPECT_EQ(item.Return(taken, 40), 5800);
  ASSERT_EQ(item.layers.size(), 3u);
  EXPECT_EQ(item.layers[0].number, 1);  // Used up, and there again.
  EXPECT_EQ(item.layers[0].quantity, 10);
  EXPECT_EQ(item.layers[0].value, 1000);
  EXPECT_EQ(item.layers[1].quantity, 50);
  EXPECT_EQ(item.layers[1].value, 8000);
}

TEST(ValuationTest, OfALotComesBackWhatWasTakenOfIt) {
  std::vector<Taken> taken = {{"a", {1, 5, 50}}, {"b", {1, 5, 60}}, {"", {0, 2, 9}}};
  const std::vector<Taken> back = ComeBack(taken, 8, "a");
  ASSERT_EQ(back.size(), 2u);
  EXPECT_EQ(back[0].part.quantity, 2);  // Of no lot.
  EXPECT_EQ(back[1].lot, "a");
  EXPECT_EQ(back[1].part.quantity, 5);  // There is no more of it.
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].lot, "b");
}

TEST(ValuationTest, ADifferenceGoesToWhatIsStillThere) {
  EXPECT_EQ(DifferenceToStock(1000, 30, 100), 300);
  EXPECT_EQ(DifferenceToStock(-1000, 30, 100), -300);
  EXPECT_EQ(DifferenceToStock(1000, 250, 100), 1000);
  EXPECT_EQ(DifferenceToStock(1000, 0, 100), 0);
  EXPECT_EQ(DifferenceToStock(5, 1, 2), 3);
  EXPECT_EQ(DifferenceToStock(-5, 1, 2), -3);
}

// Unit by unit: each remembers its layer, and a layer hands out its value as a plain sum would.
struct PlainLayers {
  struct Plain {
    int64_t number, quantity, value;
  };
  std::map<int64_t, Plain> layers;

  std::vector<std::pair<int64_t, int64_t>> Take(int64_t quantity, int64_t* value) {  // (layer, quantity)
    std::map<int64_t, int64_t> wanted;
    for (auto& [number, layer] : layers) {
      for (int64_t unit = 0; unit < layer.quantity && quantity > 0; ++unit, --quantity) ++wanted[number];
    }
    for (const auto& [number, part] : wanted) {
      Plain& layer = layers[number];
      // Half up of value·part/quantity in tenths of nothing: by long division.
      const int64_t whole = layer.value * part / layer.quantity, rest = layer.value * part % layer.quantity;
      const int64_t share = whole + (2 * rest >= layer.quantity ? 1 : 0);
      layer.quantity -= part;
      layer.value -= share;
      *value += share;
    }
    for (auto it = layers.begin(); it != layers.end();) it = it->second.quantity == 0 ? layers.erase(it) : std::next(it);
    return {wanted.begin(), wanted.end()};
  }
};

TEST(ValuationTest, LayersAgreeWithAPlainOracleAndAlwaysAddUp) {
  std::mt19937 random(20261128);
  for (int round = 0; round < 300; ++round) {
    std::vector<Layer> layers;
    PlainLayers plain;
    std::vector<std::vector<Taken>> issues;
    int64_t number = 0, quantity = 0, value = 0;
    for (int step = 0; step < 60; ++step) {
      const int what = static_cast<int>(random() % 3);
      if (what == 0 || quantity == 0) {
        const int64_t in = 1 + static_cast<int64_t>(random() % 20), cost = static_cast<int64_t>(random() % 1000);
        layers.push_back({++number, in, cost});
        plain.layers[number] = {number, in, cost};
        quantity += in;
        value += cost;
      } else if (what == 1) {
        const int64_t out = 1 + static_cast<int64_t>(random() % quantity);
        int64_t expected = 0, found = 0;
        const auto wanted = plain.Take(out, &expected);
        std::vector<std::pair<int64_t, int64_t>> parts;
        issues.emplace_back();
        for (const Layer& part : TakeFirst(layers, out)) {
          parts.emplace_back(part.number, part.quantity);
          issues.back().push_back({"", part});
          found += part.value;
        }
        ASSERT_EQ(parts, wanted);
        ASSERT_EQ(found, expected);
        quantity -= out;
        value -= found;
      } else if (!issues.empty()) {
        std::vector<Taken>& issue = issues[random() % issues.size()];
        int64_t out = 0, worth = 0;
        for (const Taken& one : issue) out += one.part.quantity, worth += one.part.value;
        if (out == 0) continue;
        const int64_t in = 1 + static_cast<int64_t>(random() % out);
        int64_t came = 0, of_value = 0;
        for (const Taken& part : ComeBack(issue, in)) {
          GiveBack(layers, part.part);
          auto& layer = plain.layers[part.part.number];
          layer = {part.part.number, layer.quantity + part.part.quantity, layer.value + part.part.value};
          came += part.part.quantity;
          of_value += part.part.value;
        }
        ASSERT_EQ(came, in);
        if (in == out) {
          ASSERT_EQ(of_value, worth) << "the last unit takes all that is left";
        }
        quantity += in;
        value += of_value;
      }
      int64_t sum = 0, worth = 0, last = 0;
      for (const Layer& layer : layers) {
        ASSERT_GT(layer.quantity, 0);
        ASSERT_GT(layer.number, last);
        last = layer.number;
        sum += layer.quantity;
        worth += layer.value;
      }
      ASSERT_EQ(sum, quantity);
      ASSERT_EQ(worth, value);
      if (quantity == 0) {
        ASSERT_EQ(value, 0);
      }
    }
  }
}

}  // namespace
}  // namespace heitie::resource
