// SPDX-License-Identifier: Apache-2.0
// What of another file fits which tensor of the model.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "evenkeel/plan/make_plan.hpp"
#include "evenkeel/plan/plan.hpp"
#include "plan/subjects.hpp"

namespace evenkeel {

class Sources {
 public:
  /// Throws invalid_argument for a wrong rename rule, and for an extend glob without a match.
  Sources(const Graph& graph, const Subjects& subjects, const PlanOptions& options);

  /// For the owner of a group of tied tensors; nullopt where nothing may be taken: numbers that are part of the computation.
  [[nodiscard]] std::optional<EntrySource> source_of(std::size_t owner) const;
  /// The owner's tensors of the file are spoken for, whether they are taken or another option decides.
  void claim(std::size_t owner);
  /// Whole numbers and single numbers of a model without a graph, which no recipe knows.
  [[nodiscard]] std::vector<PlanEntry> other_entries();

  /// Words for the reason of what came of it: "Taken from bert.a (float32, rounded once to bfloat16)."
  [[nodiscard]] std::string words_of(const EntrySource& source, std::size_t owner) const;
  /// Tensors of the file that nothing asks for.
  [[nodiscard]] std::vector<std::string> unused() const;
  /// Throws where nothing of the file fits at all; else what a person should know, once every owner has been claimed.
  [[nodiscard]] std::vector<std::string> warnings(const Plan& plan) const;

 private:
  struct Stored {
    TensorId tensor = absent;
    std::string name;                      // own
    std::string renamed;                   // by --map, else the own one
    bool numbered = false;                 // an exporter's number is all its name says
    const Parameter* parameter = nullptr;  // where the file has a graph
    bool claimed = false;
  };
  struct Match {
    std::size_t stored = 0;
    bool transposed = false;
    bool by_module = false;
  };

  void read_file();
  void find_module_names();
  void find_vocabularies();
  [[nodiscard]] std::vector<Match> matches_of(std::size_t owner) const;
  [[nodiscard]] std::optional<Match> match_of(std::size_t i) const;
  [[nodiscard]] std::optional<Match> match_by_module(std::size_t i) const;
  [[nodiscard]] std::string folding_apart(std::size_t owner, const Match& match) const;
  [[nodiscard]] EntrySource judged(std::size_t owner, const Match& match) const;
  [[nodiscard]] bool may_extend(std::size_t owner, const StoredRows& rows, std::int64_t wanted) const;
  [[nodiscard]] bool may_take(std::size_t owner) const;
  [[nodiscard]] const StoredTensor& tensor_of(const Stored& stored) const;
  [[nodiscard]] const StoredTensor& tensor(std::size_t i) const;
  [[nodiscard]] bool holds_the_same(std::size_t owner, const Match& a, const Match& b) const;
  [[nodiscard]] std::string map_advice(const Plan& plan, bool nothing_fits) const;

  const Graph& graph_;
  const Subjects& subjects_;
  const PlanOptions& options_;
  const StoredFile& file_;
  std::vector<Stored> stored_;
  std::map<std::string, std::size_t> by_name_, by_module_;
  std::map<std::size_t, std::vector<std::string>> module_names_;  // of the model's tensors: none where modules share one
  std::set<std::pair<std::int64_t, std::int64_t>> vocabularies_;  // (rows stored, rows wanted) of embeddings
};

}  // namespace evenkeel
