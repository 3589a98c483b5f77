// Signed notes, checkpoints, verifier keys and the paths of tiles.

#include "api/tile_path.h"
#include "eventstore/note.h"
#include "tests/fuzz/target.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace dealog::eventstore;
  const std::string_view text = as_text(data, size);
  if (const auto key = parse_verifier_key(text); key && to_text(*key) != text) __builtin_trap();
  if (const auto signed_text = note_text(text)) {
    const auto checkpoint = parse_checkpoint(*signed_text);
    if (checkpoint && parse_checkpoint(to_text(*checkpoint)) != checkpoint) __builtin_trap();
  }
  (void)open_note(text, {"dealog.example/fuzz", key_pair_of({1}).open});
  std::vector<std::string> segments(1);
  for (const char c : text)
    if (c == '/') segments.emplace_back();
    else segments.back() += c;
  if (const auto path = dealog::api::parse_tile_path(segments); path && (path->width == 0 || path->width > 256)) __builtin_trap();
  return 0;
}
