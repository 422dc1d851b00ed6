/** A commented application file to begin with. It parses as it stands when `server.js` is there. */
export const starter = (
  name: string,
): string => `# Holdfast application file. \`holdfast explain FIELD\` documents any field; \`holdfast plan\` shows what it leads to.
apiVersion: holdfast.dev/v1alpha1
name: ${name}

# What must hold. Holdfast picks how.
objectives:
  availability: 99.9%
  rto: 30s              # from the fault to the first correct answer
  rpo: 0s               # acknowledged writes that may be lost, as time
  # budget: 400 USD/month

service:
  command: [node, server.js]   # started with HOST and PORT in its environment
  port: 8080                   # where clients reach the gateway
  health:
    live: /health/live
    ready: /health/ready       # 2xx only when the model is loaded and has answered once
  # A request whose right answer is known tells a wrong instance from a live one.
  # golden:
  #   request: { method: POST, path: /v1/read, json: { text: hello } }
  #   expect: { jsonPath: $.language, equals: en }
  # Without a rule every method but GET, HEAD and OPTIONS writes.
  # routes:
  #   - { match: POST /v1/read, effect: read, idempotent: true }
  replicas: { required: 2, max: 4 }

# models:
#   - { name: ocr, source: ./models/ocr }

data:
  - { name: main, driver: files, path: ./data, replication: barrier }

sites:
  - { name: east, platform: local, zones: [a, b] }
  - { name: west, platform: local, zones: [a, b] }

# How a drill writes, and sees afterwards what was lost.
# drill:
#   write: { method: PUT, path: "/v1/notes/{id}", json: { text: "note {id}" } }
#   verify: { path: "/v1/notes/{id}", expect: { jsonPath: $.id, equals: "{id}" } }
`;
