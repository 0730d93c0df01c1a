# cmake -DOUTPUT=… -DFILES=… -P stamp.cmake: a header with one checksum of the files that are embedded (.incbin). ccache does not see what is in
# them, and would take an object with what they held before.
set(sums)
foreach(file IN LISTS FILES)
  file(SHA256 ${file} sum)
  string(APPEND sums ${sum})
endforeach()
string(SHA256 sum "${sums}")
file(WRITE ${OUTPUT} "#define HEITIE_EMBEDDED \"${sum}\"\n")
