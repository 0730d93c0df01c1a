-- Who is certified in a course, and what was revoked.
ALTER TABLE certificates
  ADD KEY certificates_by_course (course, name),
  ADD KEY certificates_by_state (state, name);
-- Enrollments are listed by their session only, whose children are a range of the primary key: nothing read the index.
ALTER TABLE enrollments DROP KEY enrollments_by_employee;
