-- Who is certified in a course, and what was revoked.
ALTER TABLE certificates
  ADD KEY certificates_by_course (course, name),
  ADD KEY certificates_by_state (state, name);
