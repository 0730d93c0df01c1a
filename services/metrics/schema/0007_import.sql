CREATE TABLE imports (
  name VARBINARY(190) NOT NULL PRIMARY KEY,
  title BLOB NOT NULL,
  mapping LONGTEXT NULL,
  size_bytes BIGINT NOT NULL,
  sha256 VARBINARY(256) NOT NULL,
  state VARBINARY(256) NOT NULL,
  uploaded_bytes BIGINT NOT NULL,
  read_bytes BIGINT NOT NULL,
  row_count BIGINT NOT NULL,
  bad_row_count BIGINT NOT NULL,
  suspect_count BIGINT NOT NULL,
  producer VARBINARY(190) NOT NULL,
  repeated BOOLEAN NOT NULL,
  failure BLOB NOT NULL,
  next_sequence BIGINT NOT NULL,
  upload_time DATETIME(6) NULL,
  end_time DATETIME(6) NULL,
  etag VARBINARY(80) NOT NULL,
  create_time DATETIME(6) NOT NULL,
  update_time DATETIME(6) NOT NULL,
  creator VARBINARY(760) NOT NULL,
  KEY imports_by_producer (producer, name),
  KEY imports_by_state (state, name),
  KEY imports_by_end_time (end_time, name),
  CONSTRAINT imports_bytes CHECK (read_bytes <= uploaded_bytes AND uploaded_bytes <= size_bytes)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- The file in pieces, as they came. Removed when the import ends, in whatever way.
CREATE TABLE import_piece (
  import VARBINARY(190) NOT NULL,
  begin_byte BIGINT NOT NULL,
  data MEDIUMBLOB NOT NULL,
  PRIMARY KEY (import, begin_byte)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

-- What is wrong with rows of the file that are no events, of the first 10,000 of them.
CREATE TABLE import_error (
  import VARBINARY(190) NOT NULL,
  row_no BIGINT NOT NULL,
  position INT NOT NULL,
  field VARBINARY(400) NOT NULL,
  reason VARBINARY(64) NOT NULL,
  text BLOB NOT NULL,
  cell BLOB NOT NULL,
  PRIMARY KEY (import, row_no, position)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;
