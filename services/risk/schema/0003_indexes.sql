-- Pages of the register by a risk's owner and by its state.
ALTER TABLE risks
  ADD KEY risks_by_owner (owner, name),
  ADD KEY risks_by_state (state, name);
