// The generated package under Node: messages there and back in both forms, and services with their methods. Argument: its folder.
import assert from 'node:assert/strict';
import { pathToFileURL } from 'node:url';

const folder = process.argv[2];
const load = (path) => import(pathToFileURL(`${folder}/${path}`));
const { create, fromBinary, fromJson, toBinary, toJson } = await load('node_modules/@bufbuild/protobuf/dist/esm/index.js');
const { RiskSchema, Risk_Category } = await load('gen/heitie/risk/v1/risk_pb.js');
const { RegisterService } = await load('gen/heitie/risk/v1/register_service_pb.js');
const { ErrorInfoSchema } = await load('gen/google/rpc/error_details_pb.js');

const risk = create(RiskSchema, { name: 'risks/rain', title: '下雨', category: Risk_Category.MARKET, subject: 'projects/fair' });
assert.deepEqual(fromBinary(RiskSchema, toBinary(RiskSchema, risk)), risk);
const json = toJson(RiskSchema, risk);
assert.equal(json.category, 'CATEGORY_MARKET');
assert.deepEqual(fromJson(RiskSchema, json), risk);

assert.equal(RegisterService.typeName, 'heitie.risk.v1.RegisterService');
assert.equal(RegisterService.method.createRisk.methodKind, 'unary');
assert.equal(RegisterService.method.createRisk.output.typeName, RiskSchema.typeName);
assert.equal(create(ErrorInfoSchema, { reason: 'STALE_ETAG' }).reason, 'STALE_ETAG');
console.log('the package works');
