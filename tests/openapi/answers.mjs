// Holds every answer of the story against the schema of its method, and every refusal against that of errors.
// Arguments: the document, the file of answers: {"method": "package.Service/Method", "answer" or "error": …} in each line.
import { readFileSync } from 'node:fs';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const [documentFile, answersFile] = process.argv.slice(2);
const api = JSON.parse(readFileSync(documentFile, 'utf8'));
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
addFormats.default(ajv);
ajv.addSchema({ $id: 'api', ...api });

// "planning_PlanService_GetProject" or "StaffService_GetEmployee" → where the schema of its answer is.
const places = new Map();
for (const [path, item] of Object.entries(api.paths)) {
  for (const [method, operation] of Object.entries(item)) {
    const content = operation.responses['200'].content;
    const type = Object.keys(content)[0];
    const pointer = [ 'paths', path, method, 'responses', '200', 'content', type, 'schema'].concat(type === 'application/x-ndjson' ? ['properties', 'result'] : []);
    const place = 'api#/' + pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    if (!places.has(operation.operationId)) places.set(operation.operationId, place);
  }
}
const compiled = new Map();
const validator = (place) => {
  if (!compiled.has(place)) compiled.set(place, ajv.compile({ $ref: place }));
  return compiled.get(place);
};

let held = 0;
const methods = new Set(), wrong = new Map();
for (const line of readFileSync(answersFile, 'utf8').split('\n')) {
  if (!line) continue;
  const { method, answer, error } = JSON.parse(line);
  const [, process_, service, name] = /^heitie\.(\w+)\.v1\.(\w+)\/(\w+)$/.exec(method);
  const place = error ? 'api#/components/schemas/Status' : places.get(`${process_}_${service}_${name}`) ?? places.get(`${service}_${name}`);
  if (!place) {
    wrong.set(method, 'the document does not know it');
    continue;
  }
  const validate = validator(place);
  if (!validate(error ?? answer) && !wrong.has(method)) {
    wrong.set(method, ajv.errorsText(validate.errors, { separator: '; ' }).slice(0, 400) + ' in ' + line.slice(0, 600));
  }
  methods.add(method);
  ++held;
}
for (const [method, why] of wrong) console.error(`${method}: ${why}`);
console.log(`${held} answers of ${methods.size} methods`);
if (wrong.size > 0 || methods.size < 500) process.exit(1);
