#pragma once
// The live board (SPEC KAN-7): a stream whose first message is the whole board, and whose later ones are the columns that
// have changed since. Readers with equal rights who watch the same board share one reading and one encoding of it.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/encode.h"
#include "api/http.h"
#include "projections/query.h"

namespace dealog::api {

void write_board_column(JsonWriter& json, const projections::BoardColumn& column, Currency currency);

// A board as some readers see it.
struct BoardView {
  struct Column {
    Uuid stage;
    std::string json;
    std::string content;   // the same without its cursor, which changes with every position
  };

  Uuid process;
  Position position = 0;
  std::vector<Column> columns;
};

// The boards of one account that are being watched. Threads: any.
class BoardViews {
 public:
  using Make = std::function<std::shared_ptr<const BoardView>()>;

  // What was made for `key` at that position and minute, or a moment ago; else what `make` makes (null: there is no such
  // board any more), while others who ask for the same wait.
  std::shared_ptr<const BoardView> get(const std::string& key, Position position, std::int64_t minute, const Make& make);
  // Whatever is asked for from now on is made anew.
  void forget();

 private:
  struct Kept {
    std::mutex mutex;
    std::shared_ptr<const BoardView> view;
    std::int64_t minute = 0;
    Clock::time_point made;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Kept>> kept_;
};

// REQUIRES: the process is there and the parameters are sound (projections::board has taken them).
Response stream_board(const Call& call, const Uuid& process, projections::Parameters parameters);

}  // namespace dealog::api
