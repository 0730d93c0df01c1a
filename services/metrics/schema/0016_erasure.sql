-- Erasures are found by the digests of the users whom they name.

ALTER TABLE user_erasures ADD KEY user_erasures_digest (user_digest, decide_time);
