// Starts Swagger UI with one entry per service. An entered token stays when the service is changed: it is valid for all.
window.ui = SwaggerUIBundle({
  urls: {{ documents | tojson }},
  dom_id: "#ui",
  deepLinking: true,
  layout: "StandaloneLayout",
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
  plugins: [() => ({statePlugins: {auth: {wrapActions: {restoreAuthorization: () => () => ({type: "kept"})}}}})],
});
