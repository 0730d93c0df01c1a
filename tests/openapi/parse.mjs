// Whether swagger-parser takes the document: references, and the document's own schema.
import SwaggerParser from '@apidevtools/swagger-parser';

const api = await SwaggerParser.validate(process.argv[2]);
if (!api.openapi.startsWith('3.1')) throw new Error(`not OpenAPI 3.1 but ${api.openapi}`);
