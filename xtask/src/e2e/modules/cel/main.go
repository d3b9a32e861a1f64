// Command cel evaluates expressions in CEL as an API server of Kubernetes does: a line of JSON with
// an expression and an object each, and a line with its value, as text, or with what is wrong.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"k8s.io/apiserver/pkg/cel/environment"
)

type question struct {
	Expression string `json:"expression"`
	Object     any    `json:"object"`
}

type answer struct {
	Type  string `json:"type,omitempty"`
	Value string `json:"value,omitempty"`
	// What is wrong before it is evaluated.
	Refused string `json:"refused,omitempty"`
	// What is wrong when it is.
	Failed string `json:"failed,omitempty"`
}

func main() {
	set := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion())
	extended, err := set.Extend(environment.VersionedOptions{
		IntroducedVersion: environment.DefaultCompatibilityVersion(),
		EnvOptions:        []cel.EnvOption{cel.Variable("object", cel.DynType)},
	})
	if err != nil {
		panic(err)
	}
	env := extended.StoredExpressionsEnv()
	out := bufio.NewWriter(os.Stdout)
	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		decoder := json.NewDecoder(strings.NewReader(string(line)))
		decoder.UseNumber()
		var asked question
		if err := decoder.Decode(&asked); err != nil {
			panic(err)
		}
		said, err := json.Marshal(evaluate(env, asked))
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(out, "%s\n", said)
		out.Flush()
	}
}

func evaluate(env *cel.Env, asked question) answer {
	compiled, issues := env.Compile(asked.Expression)
	if err := issues.Err(); err != nil {
		return answer{Refused: err.Error()}
	}
	program, err := env.Program(compiled)
	if err != nil {
		return answer{Refused: err.Error()}
	}
	value, _, err := program.Eval(map[string]any{"object": numbers(asked.Object)})
	if err != nil {
		return answer{Failed: err.Error()}
	}
	if types.IsError(value) {
		return answer{Failed: fmt.Sprint(value)}
	}
	return answer{Type: value.Type().TypeName(), Value: text(value)}
}

// Whole numbers of JSON as Kubernetes reads them.
func numbers(value any) any {
	switch it := value.(type) {
	case json.Number:
		if whole, err := it.Int64(); err == nil {
			return whole
		}
		double, _ := it.Float64()
		return double
	case []any:
		for at := range it {
			it[at] = numbers(it[at])
		}
	case map[string]any:
		for key := range it {
			it[key] = numbers(it[key])
		}
	}
	return value
}

// As Rulebox writes a value into a message: the elements of a list parted by commas.
func text(value ref.Val) string {
	switch it := value.(type) {
	case types.Null:
		return "null"
	case types.Double:
		text := strconv.FormatFloat(float64(it), 'f', -1, 64)
		return strings.Replace(strings.TrimPrefix(text, "+"), "Inf", "inf", 1)
	case types.Timestamp:
		return it.Format(time.RFC3339Nano)
	case *types.Optional:
		if it.HasValue() {
			return text(it.GetValue())
		}
		return ""
	case traits.Lister:
		var items []string
		for at := it.Iterator(); at.HasNext() == types.True; {
			items = append(items, text(at.Next()))
		}
		return strings.Join(items, ", ")
	case traits.Mapper:
		var entries []string
		for at := it.Iterator(); at.HasNext() == types.True; {
			key := at.Next()
			entries = append(entries, fmt.Sprintf("%v=%s", key.Value(), text(it.Get(key))))
		}
		sort.Strings(entries)
		return strings.Join(entries, " ")
	}
	return fmt.Sprint(value.Value())
}
