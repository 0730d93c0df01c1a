# What other systems have kept is brought in once (M1): uploaded in pieces, read through, and counted as if it had been delivered.

[aside]
let file {"title": "Purchases of the old shop", "sizeBytes": 66,
  "sha256": "7bfd7c1b262a260c6cf8b0da03e99b22114cb20f22413737976a7f349abd4dbe",
  "mapping": {"format": "FORMAT_CSV", "fields": [
    {"target": "TARGET_EVENT_NAME", "constant": "old.purchase"}, {"target": "TARGET_USER", "column": "customer"},
    {"target": "TARGET_OCCUR_TIME", "column": "date"}, {"target": "TARGET_VALUE_MINOR", "column": "amount", "scale": 2}]}}
analyst CreateImport {"importId": "old-${run}", "import": "${file}"}
  expect {"state": "STATE_UPLOADING"}
analyst UploadImport {"name": "imports/old-${run}", "offset": 0, "data": "Y3VzdG9tZXIsZGF0ZSxhbW91bnQKZmFpcjEsMjAy",
  "sha256": "464017a24a17877feedbe58ed805c597408f2f6f804c52303482d12cc4e14808"}
  expect {"uploadedBytes": "30"}
analyst UploadImport {"name": "imports/old-${run}", "offset": 40, "data": "NS0xMi0wNSwxMS43NwpmYWlyMiwyMDI1LTEyLTA2LD0xKzEK",
  "sha256": "bbdab4a5ef47a6fc6d8c8b8aded34086df2f5cdb75b334be3e1139471330ca26"}
  refused UPLOAD_OFFSET
analyst UploadImport {"name": "imports/old-${run}", "offset": 30, "data": "NS0xMi0wNSwxMS43NwpmYWlyMiwyMDI1LTEyLTA2LD0xKzEK",
  "sha256": "bbdab4a5ef47a6fc6d8c8b8aded34086df2f5cdb75b334be3e1139471330ca26"}
  expect {"state": "STATE_VALIDATING"}
analyst GetImport {"name": "imports/old-${run}"}
  within 10
  expect {"state": "STATE_READY", "rowCount": "2", "badRowCount": "1"}
analyst DownloadImportErrors {"name": "imports/old-${run}"}
  expect {"lastRow": "2"}
analyst StartImport {"name": "imports/old-${run}"}
analyst GetImport {"name": "imports/old-${run}"}
  within 10
  expect {"state": "STATE_DONE", "acceptedCount": "1"}
engineer ListImports {"filter": "state = STATE_DONE"}
analyst CreateImport {"importId": "again-${run}", "import": "${file}"}
analyst CancelImport {"name": "imports/again-${run}", "reason": "It is here already"}
  expect {"state": "STATE_CANCELLED"}
