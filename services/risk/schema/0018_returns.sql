-- What single measures bring (policy R2).

ALTER TABLE loss_estimates
  ADD COLUMN measures LONGTEXT NULL;

ALTER TABLE loss_simulations
  ADD COLUMN measures LONGTEXT NULL;
