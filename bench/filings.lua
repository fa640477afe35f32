-- Files objections, each for another made-up person, with a NIR whose key is right.
local thread = 0

function setup(t)
   t:set("offset", thread)
   thread = thread + 1
end

function init(args)
   count = 0
   wrk.method = "POST"
   wrk.headers["Content-Type"] = "application/json"
end

-- Thirteen digits: a double holds them exactly.
local function nir(n)
   local number = 2580578000000 + n
   return string.format("%013.0f%02d", number, 97 - number % 97)
end

function request()
   count = count + 1
   local n = offset * 450000 + count % 450000
   local body = string.format(
      '{"right":"objection","scope":{"kind":"all"},"capacity":"dataSubject","language":"fr","subject":{' ..
      '"birthName":"Essai","givenNames":["Banc"],"birthDate":"1958-05-%02d","sex":"F","nir":"%s"}}',
      count % 28 + 1, nir(n))
   return wrk.format(nil, "/api/v1/requests", nil, body)
end
